package reference

import (
	"encoding/json"
	"strings"
)

// curl returns the command that calls an operation, by a token where it needs somebody. What stands in braces is for the
// reader to fill in.
func curl(op *Operation, url string, byToken bool) string {
	var out strings.Builder
	out.WriteString("curl")
	if op.Method != "GET" && (op.Body == nil || op.Method != "POST") {
		out.WriteString(" -X " + op.Method)
	}
	out.WriteString(" '" + url + op.Path + query(op) + "'")
	if byToken {
		out.WriteString(" \\\n  -H \"Authorization: Bearer $TOKEN\"")
	}
	if op.Body == nil {
		return out.String()
	}
	switch op.Body.Media {
	case "multipart/form-data":
		out.WriteString(" \\\n  -F 'file=@picture.png'")
	case "application/json":
		var body any
		if json.Unmarshal([]byte(op.Body.Example), &body) != nil {
			return out.String()
		}
		text, err := json.Marshal(body)
		if err != nil {
			return out.String()
		}
		out.WriteString(" \\\n  -H 'Content-Type: application/json' \\\n  -d '" + strings.ReplaceAll(string(text), "'", `'\''`) + "'")
	}
	return out.String()
}

func query(op *Operation) string {
	for _, p := range op.Parameters {
		if p.In == "query" && p.Name == "query" {
			return "?query=release"
		}
	}
	return ""
}
