// @ts-check
/** Why a charger does not come, in plain words, and what to do about it at the charger or here. */
import { m } from "./languages.js";

/** ``todo`` is what to do, empty where there is nothing. @typedef {{word: string, icon: string, tone: string, means: string, todo: string}} Reason */

/** @type {Record<string, Reason>} */
export const REASONS = {
  connected: { word: m("Connected"), icon: "link", tone: "free", means: m("The charger was let in."), todo: "" },
  made_known: { word: m("Made known"), icon: "link", tone: "free", means: m("An unknown charger was let in and made known, because this server is set to accept everyone."), todo: "" },
  boot_pending: { word: m("Not accepted yet"), icon: "clock", tone: "paused", means: m("The charger is connected, but it is set to pending here: it may only boot and wait."), todo: m("Set its registration to accepted, in the list of chargers.") },
  boot_rejected: { word: m("Set to rejected"), icon: "ban", tone: "bad", means: m("The charger is connected, but it is set to rejected here: its boot is answered Rejected."), todo: m("Set its registration to accepted, in the list of chargers.") },
  unknown_waits: { word: m("Unknown, waits"), icon: "help", tone: "paused", means: m("The connection works. Nobody here knows this identity, so it waits."), todo: m("Accept it above. If you know it under another name, correct the identity at the charger.") },
  no_request: { word: m("Said nothing"), icon: "clock", tone: "off", means: m("The connection was made, and no request came within ten seconds."), todo: m("A monitor or port scanner does so. If it is a charger, look whether a firewall or proxy between holds its data back.") },
  tls_on_plain_port: { word: m("TLS on the port without TLS"), icon: "lock", tone: "bad", means: m("The charger speaks TLS (wss) to the port for ws."), todo: m("Begin its address with ws:// here, or give it the port for wss.") },
  bad_request: { word: m("No WebSocket request"), icon: "alert", tone: "bad", means: m("What came is no HTTP request that opens a WebSocket."), todo: m("Choose OCPP-J (JSON, WebSocket) at the charger, not OCPP-S (SOAP), and check the port.") },
  not_websocket: { word: m("Not a WebSocket"), icon: "alert", tone: "bad", means: m("A plain web request came: a browser, SOAP, or a proxy that does not pass WebSockets on."), todo: m("Choose OCPP-J (JSON) at the charger. Behind a proxy, let it pass the Upgrade header on.") },
  headers_too_large: { word: m("Headers too large"), icon: "alert", tone: "bad", means: m("The request's headers are larger than 16 KB."), todo: m("Look what lies between the charger and this server: no charger sends so much.") },
  no_identity: { word: m("No identity in the address"), icon: "alert", tone: "bad", means: m("The address ends without the charger's identity."), todo: m("Add the identity at the end of the address: some chargers do it by themselves, this one does not.") },
  bad_identity: { word: m("Impossible identity"), icon: "alert", tone: "bad", means: m("The last part of the address cannot be an identity: it is too long, or holds a colon, a space at an end or a control character."), todo: m("Correct the identity in the charger's settings, and look for spaces behind it.") },
  ambiguous_identity: { word: m("Ambiguous identity"), icon: "alert", tone: "bad", means: m("Several chargers here differ from it in upper and lower case alone."), todo: m("Write the identity at the charger exactly as it is written here.") },
  unknown_refused: { word: m("Unknown charger"), icon: "help", tone: "bad", means: m("Nobody here knows this identity, and this server is set to refuse unknown chargers."), todo: m("Add the charger here, or correct the identity at the charger.") },
  no_subprotocol: { word: m("No OCPP version offered"), icon: "alert", tone: "bad", means: m("The charger does not say which OCPP version it speaks."), todo: m("Update its firmware. Until then pin its version here (protocol_override).") },
  other_subprotocol: { word: m("Other OCPP version"), icon: "alert", tone: "bad", means: m("The charger offers no OCPP version that is spoken here."), todo: m("Choose OCPP 1.6J, 2.0.1 or 2.1 at the charger.") },
  password_missing: { word: m("Password missing"), icon: "lock", tone: "bad", means: m("The charger has a password here, and sent none."), todo: m("Enter the password at the charger (often AuthorizationKey or Basic Auth), or set its security profile to 0 here.") },
  password_wrong: { word: m("Wrong password"), icon: "lock", tone: "bad", means: m("The charger sent another password than is set here."), todo: m("Set a new password on its security page and enter that at the charger.") },
  password_as_text: { word: m("Key sent as text"), icon: "lock", tone: "bad", means: m("The charger sent the digits of its key, where OCPP 1.6 wants the bytes that they stand for."), todo: m("If it can do no other, switch on “key as text” on its security page.") },
  other_user: { word: m("Other user name"), icon: "user", tone: "bad", means: m("The user name that the charger signs in with is not its identity."), todo: m("Enter the identity as the user name at the charger, exactly as in its address.") },
  too_many_guesses: { word: m("Too many wrong passwords"), icon: "shield", tone: "bad", means: m("So many wrong passwords came that the next ones are not looked at for a minute."), todo: m("Correct the password at the charger; it is let in within a minute.") },
  tls_required: { word: m("Came without TLS"), icon: "lock", tone: "bad", means: m("Its security profile wants TLS, and it came without."), todo: m("Begin its address with wss:// and the port for it, or lower its security profile here.") },
  certificate_missing: { word: m("Certificate missing"), icon: "lock", tone: "bad", means: m("Its security profile wants a certificate of its own, and it showed none."), todo: m("Install a client certificate at the charger, or lower its security profile here.") },
  certificate_wrong: { word: m("Wrong certificate"), icon: "lock", tone: "bad", means: m("The certificate that it showed is not good for this charger."), todo: m("See below what is wrong with it, and install another at the charger.") },
  tls_version: { word: m("TLS too old"), icon: "lock", tone: "bad", means: m("The charger offers no TLS from 1.2 on."), todo: m("Update its firmware.") },
  tls_cipher: { word: m("No common cipher"), icon: "lock", tone: "bad", means: m("The charger and this server have no TLS cipher suite in common."), todo: m("Update its firmware, or give this server a certificate of the other kind too (ECDSA or RSA).") },
  tls_certificate: { word: m("Certificate does not hold"), icon: "lock", tone: "bad", means: m("The certificate that the charger showed could not be verified."), todo: m("Compare its issuer with the authority that this server trusts (tls_client_ca).") },
  tls_refused_us: { word: m("It does not trust us"), icon: "lock", tone: "bad", means: m("The charger refuses this server's certificate."), todo: m("Install the root certificate at the charger, use a host name that the certificate holds, and check the charger's clock.") },
  plain_on_tls_port: { word: m("No TLS on the port for TLS"), icon: "lock", tone: "bad", means: m("The charger speaks ws to the port for wss."), todo: m("Begin its address with wss://, or give it the port for ws.") },
  tls_failed: { word: m("TLS failed"), icon: "lock", tone: "bad", means: m("The TLS handshake ended in the middle."), todo: m("Often the charger does not trust the certificate and hangs up without a word: install the root certificate, check its clock.") },
  waiting_room_full: { word: m("Waiting room full"), icon: "help", tone: "bad", means: m("Too many unknown chargers wait already."), todo: m("Accept or reject those that wait.") },
  held: { word: m("Second device with this identity"), icon: "shield", tone: "bad", means: m("Its lines come and go all the time, so the one that works is kept and this one was sent away."), todo: m("Look whether two devices use the same identity.") },
  crowded: { word: m("Too busy"), icon: "clock", tone: "paused", means: m("Too many chargers came at once; this one was told when to come again."), todo: "" },
  not_ready: { word: m("Server not ready"), icon: "clock", tone: "paused", means: m("The database was away, or the server was being stopped. The charger comes again by itself."), todo: "" },
  broken: { word: m("Server error"), icon: "crash", tone: "bad", means: m("This server failed; its log says why."), todo: "" },
  closed_early: { word: m("Left at once"), icon: "unlink", tone: "paused", means: m("The charger was let in and hung up within ten seconds."), todo: m("It may be restarting, or did not like an answer: look at its messages.") },
  flapping: { word: m("Comes and goes"), icon: "reset", tone: "paused", means: m("Its connections end all the time."), todo: m("Look at its network and signal, and whether two devices use the same identity.") },
};

/** @type {Reason} */
const OTHER = { word: m("Refused"), icon: "alert", tone: "bad", means: "", todo: "" };

/** @param {string} reason */
export const reasonOf = (reason) => REASONS[reason] ?? OTHER;

/** Where the settings are, as some makers call them. @type {[string, string][]} */
export const VENDORS = [
  ["ABB Terra AC", m("The app TerraConfig, OCPP server: the address without the identity. It comes as its serial number.")],
  ["Alfen", m("ACE Service Installer, Connectivity, “Manually enter backend settings”: protocol OCPP 1.6; domain with port, and path, are fields of their own. For wss the root certificate is loaded first.")],
  ["Autel MaxiCharger", m("The app Autel Charge, OCPP Server, “Custom”: the Server URL without the identity, the Charger ID (empty: the serial number), the Authorisation Key. Take out a “:443” that the app puts behind the address.")],
  ["Bender CC612, CC613 (Mennekes, Spelsberg, Webasto Live …)", m("Backend, OCPP: “WebSockets JSON OCPP URL of the Backend” is the address without the identity and with the slash at its end, “OCPP ChargeBoxIdentity (ChargePointID)” the identity; mode OCPP-J 1.6.")],
  ["Easee", m("By Easee's API alone (local-ocpp): url is the address without the identity; chargePointId and basicAuthPassword may be left out. Without chargePointId it comes as its serial number.")],
  ["EVBox Elvi", m("The app EVBox Connect, installer mode, Charging Management Platform, “Different backend URL”: try the address without the identity first.")],
  ["go-e", m("The app, Internet, OCPP: the address with the identity at its end, as in the maker's example.")],
  ["KEBA", m("Web interface, OCPP: choose 1.6 via JSON, not via SOAP. The address without the identity; the charge point identity is a field of its own. With software 1.15 the password has 32 to 40 hexadecimal digits.")],
  ["Schneider Electric", m("The app eSetup: “Supervision URL” (EVlink Pro AC), or “Other smart charging application” with the address and a station ID (Schneider Charge).")],
  ["Tinkerforge WARP", m("OCPP: the endpoint URL without the identity and without the slash at its end; the identity is added by itself. A password of 40 hexadecimal digits is sent as the bytes that they stand for.")],
  ["Wallbox", m("The myWallbox app, “Enable OCPP”, or the portal: the URL without the identity, the Charge Point Identity, the password. If the password is left empty, set the security profile to 0 here.")],
  ["Zaptec", m("Portal, the installation's authentication: the address with {deviceId} at its end, which becomes the serial number; the password is the “initial device password” of the installation.")],
];
