package sandbox_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pegasus/plugins/sandbox"
)

// golden are the globals of ECMAScript 2023 and later that the engine has, less eval, Atomics and SharedArrayBuffer, and
// console. Anything else in a plugin's reach is a hole or a new promise: look at it before it is added here.
const golden = `AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError
	FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array InternalError
	Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError
	TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet console decodeURI
	decodeURIComponent encodeURI encodeURIComponent escape globalThis isFinite isNaN parseFloat parseInt undefined unescape`

func TestAPluginSeesTheLanguageAndNothingElse(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	var seen []string
	text := says(t, p, command(`return JSON.stringify(Reflect.ownKeys(globalThis).map(String).sort()).slice(0, 1990)`), asked(""), sandbox.NoHost{})
	if err := json.Unmarshal([]byte(text), &seen); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	want := strings.Fields(golden)
	for _, name := range seen {
		if !slices.Contains(want, name) && name != "Symbol(Symbol.toStringTag)" {
			t.Errorf("%s is there", name)
		}
	}
	for _, name := range want {
		if !slices.Contains(seen, name) {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestTheWaysOutAreClosed(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	for _, probe := range []string{
		`typeof require`, `typeof process`, `typeof std`, `typeof os`, `typeof fetch`, `typeof XMLHttpRequest`, `typeof WebAssembly`, `typeof eval`,
		`typeof __send`, `typeof setTimeout`, `typeof Worker`, `typeof SharedArrayBuffer`, `typeof Atomics`, `typeof performance`, `typeof Intl`,
		`typeof scriptArgs`, `typeof print`, `typeof load`, `typeof gc`, `typeof navigator`, `typeof this`, `typeof module.require`,
	} {
		if got := says(t, p, script(`exports.default = { commands: { run() { return String(`+probe+`) } } }`), asked(""), sandbox.NoHost{}); got != "undefined" && probe != "typeof this" {
			t.Errorf("%s: %s", probe, got)
		}
	}
	// No function that can be reached makes code of text.
	for _, reach := range []string{
		`Function`, `(function () {}).constructor`, `(() => {}).constructor`, `(async () => {}).constructor`, `(function* () {}).constructor`,
		`(async function* () {}).constructor`, `Object.getPrototypeOf(async () => {}).constructor`, `ctx.log.constructor`, `ctx.storage.get.constructor`,
		`(class {}).constructor`, `Object.getPrototypeOf(Function.prototype.constructor).constructor`, `console.log.constructor`,
		`Reflect.get(Function.prototype, "constructor")`, `Object.getOwnPropertyDescriptor(Function.prototype, "constructor").value`,
	} {
		body := `try { const f = ` + reach + `; const g = f("return 'made'"); return typeof g === "function" ? String(await g()) : "none" } catch (e) { return e.name }`
		if got := says(t, p, command(body), asked(""), sandbox.NoHost{}); got != "EvalError" {
			t.Errorf("%s: %s", reach, got)
		}
		body = strings.Replace(body, `f("return`, `new f("return`, 1)
		if got := says(t, p, command(body), asked(""), sandbox.NoHost{}); got != "EvalError" {
			t.Errorf("new %s: %s", reach, got)
		}
	}
}
