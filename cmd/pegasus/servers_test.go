package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/go/packages"

	"pegasus/views"
)

// publishedIn returns the types of all events that are published in packages: what is handed to Publish, and what functions return
// that make one for it.
func publishedIn(t *testing.T, paths ...string) map[string]string {
	t.Helper()
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports,
	}, paths...)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, p := range loaded {
		if len(p.Errors) > 0 {
			t.Fatal(p.Errors[0])
		}
		for _, file := range p.Syntax {
			ast.Inspect(file, func(n ast.Node) bool {
				call, is := n.(*ast.CallExpr)
				if !is {
					return true
				}
				selector, is := call.Fun.(*ast.SelectorExpr)
				switch {
				case is && selector.Sel.Name == "Publish" && len(call.Args) == 2:
					note(found, p, call.Args[1])
				default:
					for _, arg := range call.Args {
						maker, is := arg.(*ast.FuncLit)
						if !is || types.TypeString(p.TypesInfo.TypeOf(maker), nil) != "func(members int) any" {
							continue
						}
						ast.Inspect(maker, func(n ast.Node) bool {
							if made, is := n.(*ast.ReturnStmt); is {
								note(found, p, made.Results[0])
							}
							return true
						})
					}
				}
				return true
			})
		}
	}
	return found
}

func note(found map[string]string, p *packages.Package, payload ast.Expr) {
	of := p.TypesInfo.TypeOf(payload)
	if types.TypeString(of, nil) == "any" {
		return // what a maker returned
	}
	found[types.TypeString(of, nil)] = p.Fset.Position(payload.Pos()).String()
}

func TestEveryEventThatIsPublishedHasANameBetweenServers(t *testing.T) {
	named := map[string]bool{}
	for _, p := range payloads {
		of := p.Type()
		named[of.PkgPath()+"."+of.Name()] = true
	}
	found := publishedIn(t, "pegasus/chat", "pegasus/plugins", "pegasus/hooks", "pegasus/notify", "pegasus/brand", "pegasus/accounts", "pegasus/files", "pegasus/backup")
	if len(found) < 20 {
		t.Fatalf("only %d types are found: %v", len(found), found)
	}
	for name, at := range found {
		if !named[name] {
			t.Errorf("%s, published at %s, is not among the payloads", name, at)
		}
	}
	for name := range named {
		if found[name] == "" {
			t.Errorf("%s is among the payloads, and nobody publishes it", name)
		}
	}
}

func TestEveryEventComesToOtherServersWhole(t *testing.T) {
	for _, p := range payloads {
		t.Run(p.Type().String(), func(t *testing.T) {
			made := reflect.New(p.Type()).Elem()
			fill(t, made, p.Type().String(), 1)
			text, err := json.Marshal(made.Interface())
			if err != nil {
				t.Fatal(err)
			}
			came, err := p.Decode(text)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(came, made.Interface()) {
				t.Errorf("came as\n%+v, not as\n%+v", came, made.Interface())
			}
			empty, err := p.Decode([]byte("{}"))
			if err != nil || !reflect.DeepEqual(empty, reflect.Zero(p.Type()).Interface()) {
				t.Errorf("nothing comes as %+v, %v", empty, err)
			}
		})
	}
}

// fill sets every field of a value, however deep, to something that is not its zero.
func fill(t *testing.T, v reflect.Value, path string, n int) {
	t.Helper()
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 11, 23, 10, 0, n, int(time.Millisecond), time.UTC)))
		return
	case json.RawMessage:
		v.SetBytes([]byte(`{"a":1}`))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(n))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(n))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(n))
	case reflect.String:
		v.SetString(fmt.Sprintf("<%s&%d>", path, n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), path, n+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(t, v.Index(i), path, n+i+1)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i), path, n+i+1)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, key, path+" key", n+1)
		fill(t, value, path+" value", n+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() {
				t.Errorf("%s.%s is not exported, and would be lost", path, field.Name)
				continue
			}
			fill(t, v.Field(i), strings.TrimPrefix(path+"."+field.Name, "."), n+i+1)
		}
	default:
		t.Errorf("%s is a %s, which cannot go between servers", path, v.Kind())
	}
}

func TestSeveralServersNeedWhatTheyShare(t *testing.T) {
	s, err := read(t, "NATS_URL=nats://me:hunter22@one:4222, tls://two:4222", "MONGODB_URI=mongodb://db", "S3_BUCKET_NAME=files",
		"APP_SECRET=a secret that is long enough for anyone")
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(s.shown(), func(one views.Setting) bool { return one.Name == "NATS_URL" })
	if one := s.shown()[at]; !one.Secret || one.Value != "" || !one.Set {
		t.Errorf("it is shown as %+v", one)
	}
}
