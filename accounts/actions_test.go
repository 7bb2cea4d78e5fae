package accounts_test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"slices"
	"strconv"
	"testing"

	"pegasus/accounts"
)

func TestEveryActionIsListed(t *testing.T) {
	file, err := parser.ParseFile(gotoken.NewFileSet(), "audit.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is {
			return true
		}
		if kind, named := spec.Type.(*ast.Ident); !named || kind.Name != "Action" {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if declared++; err != nil || !slices.Contains(accounts.Actions(), accounts.Action(value)) {
			t.Errorf("%s is not among the actions", value)
		}
		return true
	})
	if declared != len(accounts.Actions()) {
		t.Errorf("%d actions are listed of %d", len(accounts.Actions()), declared)
	}
}
