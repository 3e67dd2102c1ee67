// What Python may call, by name: `rpa/browser/functions.py` says what each returns.
import { note, offers, pick } from "./choosing.js";
import { identify } from "./handles.js";
import { enter, key, keyAndSurvey, setFile } from "./key.js";
import { limit } from "./limits.js";
import { focusOn, pointOf } from "./pointing.js";
import { press, pressable, pressConfirmed, pressInRow, pressWhenThere } from "./press.js";
import { newTexts, record, texts } from "./read.js";
import { listed, table } from "./regions.js";
import { details, hasOption, nonEmptySurvey, ready, survey, tokens } from "./survey.js";
import { chosen, condition, gone, isComplete, moreRows, once, rested, results, settled } from "./waiting.js";

/** @type {Record<string, (...given: any[]) => unknown>} */
const FUNCTIONS = {
  chosen,
  condition,
  details,
  enter,
  focusOn,
  gone,
  hasOption,
  isComplete,
  key,
  keyAndSurvey,
  listed,
  moreRows,
  newTexts,
  nonEmptySurvey,
  note,
  offers,
  pick,
  pointOf,
  press,
  pressable,
  pressConfirmed,
  pressInRow,
  pressWhenThere,
  ready,
  record,
  rested,
  results,
  setFile,
  settled,
  survey,
  table,
  texts,
  tokens,
};
/** Call a function until it returns something other than `0`, `""`, `false`, `null` or nothing.
 * @type {(milliseconds: number, name: string, given: unknown[]) => Promise<unknown>} */
const wait = (milliseconds, name, given) => once(() => FUNCTIONS[name](...given) || null, milliseconds);

const MOST_CHARACTERS = 20_000_000; // of what goes back to Python: a page must not fill the robot's memory
/** @type {(value: unknown) => string} */
const asText = (value) => {
  const text = JSON.stringify(value ?? null);
  limit(text.length, MOST_CHARACTERS, "characters");
  return text;
};
// `[identity, milliseconds, name, ...given]` as JSON; `milliseconds` of 0 calls once. What comes back is JSON too:
// a browser makes and Python reads that many times faster than objects.
/** @type {(call: string) => string | Promise<string>} */
const answer = (call) => {
  const [identity, milliseconds, name, ...given] = JSON.parse(call);
  identify(identity);
  const value = milliseconds > 0 ? wait(milliseconds, name, given) : FUNCTIONS[name](...given);
  return value instanceof Promise ? value.then(asText) : asText(value);
};
Object.assign(window, { [Symbol.for("rpa")]: answer });
