// @ts-check
/** What every field of one form shares. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";

/** @import { Path, Schema } from "../schema.js" */
/** @typedef {{value: string | number, word?: string}} Choice */
/**
 * @typedef {object} Form
 * @property {Schema} root @property {any} value @property {any} laid the value by which the form was laid out: what it had is not hidden
 * @property {string} id a prefix for the ids of fields
 * @property {Map<string, string>} wrong what to say at which pointer
 * @property {(path: Path, next: any) => void} change ``undefined`` takes it away
 * @property {(path: Path) => void} leave somebody has been at a field
 * @property {(path: Path) => Choice[]} choices what is known to be sensible there
 */

const Shared = createContext(/** @type {Form | null} */ (null));

export const FormProvider = Shared.Provider;

/** The form that a field belongs to. @returns {Form} */
export function useForm() {
  const form = useContext(Shared);
  if (!form) throw new Error("a field stands outside a form");
  return form;
}

/** The id of the field at a pointer. @param {Form} form @param {string} pointer */
export const idAt = (form, pointer) => `${form.id}${pointer.replace(/[^\w/]/g, "_") || "/"}`;
