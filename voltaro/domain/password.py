"""What a person's password must be. Length is what counts (NIST SP 800-63B section 3.1.1.2); a few are known to everyone."""

from __future__ import annotations

SHORTEST = 10
LONGEST = 256
_SHORTEST_NAME = 4
"""A name of fewer characters may well be a part of a good password."""

WORST = frozenset(
    """
    0000000000 0123456789 0987654321 1111111111 1122334455 1212121212 1234554321 1234567890 12345678910 123456789a 1234567891
    123123123123 1029384756 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 9876543210 a123456789 abc123456789 abcdefghij abcdefghijkl
    admin12345 admin123456 adminadmin administrator administrator1 asdfghjkl1 asdfghjkl; changeme12 changeme123 changemenow
    charger123 chargepoint default123 football123 fuckyou123 iloveyou12 iloveyou123 letmein123 letmein1234 letmeinplease
    mypassword mypassword1 p@ssw0rd12 p@ssw0rd123 pass123456 passw0rd12 passw0rd123 passwort12 passwort123 passwort1234
    password01 password10 password11 password12 password123 password1234 password12345 password!! password1! passwordpassword
    princess12 qazwsxedcr qwer123456 qwertyuiop qwertyuiop1 qwerty1234 qwerty12345 qwerty123456 qwertzuiop q1w2e3r4t5 secret1234
    superman12 sunshine12 test123456 testtesttest trustno1234 voltaro123 voltaro1234 welcome123 welcome1234 whatever123 zxcvbnm123
    """.split()  # noqa: SIM905 - a list of words to read
)


def fault_of(password: str, name: str) -> str | None:
    """Why this cannot be the password of the person of that name; None when it can."""
    folded = password.casefold()
    if len(password) < SHORTEST:
        return f"has at least {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"has at most {LONGEST} characters"
    if folded in WORST or len(set(folded)) < 4:
        return "is one of those that everybody tries first"
    rest = folded.replace(name.casefold(), "")
    if len(name) >= _SHORTEST_NAME and len(rest) < len(folded) and len(rest) < SHORTEST // 2:
        return "is hardly more than the name"
    return None
