// Reads lines of TypeScript, JavaScript and JSON for their colours. The kinds are the classes of the server's highlighter.
const words = new Set(("abstract any as asserts async await bigint boolean break case catch class const continue debugger declare default delete do else enum " +
  "export extends false finally for from function get if implements import in infer instanceof interface is keyof let namespace never new null number " +
  "object of override private protected public readonly return satisfies set static string super switch symbol this throw true try type typeof " +
  "undefined unique unknown var void while with yield").split(" "));
const values = new Set(["false", "null", "super", "this", "true", "undefined"]); // words behind which a slash divides

const part = /\s+|\/\/.*|\/\*|"(?:[^"\\]|\\.)*(?:"|\\?$)|'(?:[^'\\]|\\.)*(?:'|\\?$)|`|0[xob][\da-f_]+n?|(?:\d[\d_]*\.?|\.\d)[\d_]*(?:e[+-]?\d+)?n?|[\p{L}_$][\p{L}\p{N}_$]*|[^]/uiy;
const pattern = /\/(?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+\/[a-z]*/uy;
const template = /(?:[^`\\$]|\\.?|\$(?!\{))+/uy;

function match(shape, line, at) {
  shape.lastIndex = at;
  return shape.exec(line)?.[0] ?? "";
}

// read hands the parts of a line with their kinds ("" for none) to take, and returns what the next line begins inside of. That is
// a text with the innermost last: "*" a comment, "`" a template, "{" code within a template and the braces in it.
export function read(line, inside, take) {
  let at = 0;
  let value = false; // what came last is a value
  const put = (kind, text) => {
    take(kind, text);
    at += text.length;
  };
  while (at < line.length) {
    const within = inside.at(-1);
    if (within === "*") {
      const end = line.indexOf("*/", at);
      put("c", line.slice(at, end < 0 ? line.length : end + 2));
      if (end >= 0) inside = inside.slice(0, -1);
      continue;
    }
    if (within === "`") {
      const text = match(template, line, at);
      if (text) put("s", text);
      if (line[at] === "`") {
        put("s", "`");
        inside = inside.slice(0, -1);
        value = true;
      } else if (at < line.length) {
        put("s", "${");
        inside += "{";
        value = false;
      }
      continue;
    }
    const regular = line[at] === "/" && !value && line[at + 1] !== "/" && line[at + 1] !== "*" && match(pattern, line, at);
    if (regular) {
      put("s", regular);
      value = true;
      continue;
    }
    const text = match(part, line, at);
    const begins = text[0];
    if (/\s/.test(begins)) {
      put("", text);
    } else if (text.startsWith("//")) {
      put("c", text);
    } else if (text === "/*") {
      inside += "*";
      put("c", text);
    } else if (begins === "`") {
      inside += "`";
      put("s", text);
    } else if (begins === '"' || begins === "'") {
      put(begins === '"' && /^\s*:/.test(line.slice(at + text.length)) ? "nt" : "s", text);
      value = true;
    } else if (/[\d.]\d|\d/.test(text) && /^[.\d]/.test(begins)) {
      put("m", text);
      value = true;
    } else if (/[\p{L}_$]/u.test(begins)) {
      const word = words.has(text) && line[at - 1] !== ".";
      put(word ? "k" : "", text);
      value = !word || values.has(text);
    } else {
      if (within === "{") inside = text === "{" ? inside + "{" : text === "}" ? inside.slice(0, -1) : inside;
      put("", text);
      value = /[)\]}]/.test(text);
    }
  }
  return inside;
}
