package api

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// maxIgnored is how many unknown parameters an answer names.
const maxIgnored = 10

// parameterName is what of a request's own words goes back in a header.
var parameterName = regexp.MustCompile(`^[\w.-]{1,40}$`)

// tellIgnored names in a header the parameters of an address that an operation does not know: a misspelt one would
// otherwise be an answer to another question.
func tellIgnored(w http.ResponseWriter, req *http.Request, op *huma.Operation) {
	if req.URL.RawQuery == "" {
		return
	}
	var ignored []string
	for name := range req.URL.Query() {
		known := slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "query" && p.Name == name })
		if !known && parameterName.MatchString(name) {
			ignored = append(ignored, name)
		}
	}
	if len(ignored) == 0 {
		return
	}
	slices.Sort(ignored)
	w.Header().Set("Ignored-Parameters", strings.Join(ignored[:min(len(ignored), maxIgnored)], ", "))
}
