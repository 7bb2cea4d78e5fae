package api

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

func TestDocument(t *testing.T) {
	w := newWorld(t)
	served := w.call(nil, "GET", "/api/openapi.json", nil).want(200)
	text, err := Document(false)
	must(t, err)
	if served.Body.String() != string(text) {
		t.Error("the served document is another than that of the command")
	}
	doc, err := libopenapi.NewDocument(text)
	must(t, err)
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if fine, problems := v.ValidateDocument(); !fine {
		for _, p := range problems {
			t.Error(p.Message, p.Reason, p.SchemaValidationErrors)
		}
	}
	var paths struct {
		OpenAPI string                               `json:"openapi"`
		Paths   map[string]map[string]map[string]any `json:"paths"`
	}
	must(t, json.Unmarshal(text, &paths))
	for pattern, c := range table {
		method, path, _ := strings.Cut(pattern, " ")
		op := paths.Paths[path][strings.ToLower(method)]
		if op == nil || op["summary"] == "" || op["operationId"] == "" {
			t.Errorf("%s is not documented", pattern)
			continue
		}
		if shut := c.want[0] == 401 && !challenged[pattern]; shut != (len(op["security"].([]any)) == 2) {
			t.Errorf("%s documents security %v", pattern, op["security"])
		}
	}
	if paths.OpenAPI != "3.1.0" {
		t.Errorf("version is %s", paths.OpenAPI)
	}
}

// The check of every answer against the document must itself be able to fail.
func TestDocumentRefusesAnotherShape(t *testing.T) {
	v, err := document()
	must(t, err)
	rec := httptest.NewRecorder()
	rec.Header().Set("Content-Type", "application/json")
	rec.WriteString(`{"status":"healthy","timestamp":12}`)
	if fine, _ := v.ValidateHttpResponse(request(nil, "GET", "/api/health", nil), rec.Result()); fine {
		t.Error("an answer of another shape passes")
	}
}
