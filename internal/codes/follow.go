package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// failure is what a line of source says a request can end in.
type failure struct{ kind, code string }

// thing is a function or a variable of a package, by its full name: each package knows those of others as objects of its own.
type thing struct {
	name   string
	method string // of an interface, "" for all else
}

// graph is what the functions and variables of the module name.
type graph struct {
	names    map[string][]thing
	failures map[string][]failure
	methods  map[string][]thing // of what stands behind interfaces, by name
	routes   map[string][]thing // what stands in the registration of a route
	makers   map[string]string  // the kinds of failures whose code comes with a call, by function
	made     []made
}

// made is a call with what may be a code among its arguments.
type made struct{ owner, maker, code string }

var pattern = regexp.MustCompile(`^(GET|POST|PUT|DELETE) /`)

// list returns a line for each route and kind of failure: pattern, kind, codes.
func list(dir string) ([]byte, error) {
	loaded, err := packages.Load(&packages.Config{
		Dir: dir, Mode: packages.NeedName | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports,
	}, "pegasus/...")
	if err != nil {
		return nil, err
	}
	g := &graph{
		names: map[string][]thing{}, failures: map[string][]failure{}, methods: map[string][]thing{}, routes: map[string][]thing{}, makers: map[string]string{},
	}
	for _, p := range loaded {
		if len(p.Errors) > 0 {
			return nil, p.Errors[0]
		}
		g.add(p)
	}
	for _, m := range g.made {
		if kind := g.makers[m.maker]; kind != "" {
			g.failures[m.owner] = append(g.failures[m.owner], failure{kind, m.code})
		}
	}
	if len(g.routes) == 0 {
		return nil, errors.New("no route was found")
	}
	return g.print(), nil
}

func (g *graph) print() []byte {
	var out bytes.Buffer
	for _, route := range slices.Sorted(maps.Keys(g.routes)) {
		byKind := map[string][]string{}
		for f := range g.reach(g.routes[route]) {
			byKind[f.kind] = append(byKind[f.kind], f.code)
		}
		for _, kind := range slices.Sorted(maps.Keys(byKind)) {
			slices.Sort(byKind[kind])
			fmt.Fprintf(&out, "%s %s %s\n", route, kind, strings.Join(byKind[kind], " "))
		}
	}
	return out.Bytes()
}

// reach returns the failures that can be got to.
func (g *graph) reach(from []thing) map[failure]bool {
	found, seen := map[failure]bool{}, map[thing]bool{}
	for len(from) > 0 {
		o := from[len(from)-1]
		from = from[:len(from)-1]
		if seen[o] {
			continue
		}
		seen[o] = true
		for _, f := range g.failures[o.name] {
			found[f] = true
		}
		from = append(from, g.names[o.name]...)
		from = append(from, g.methods[o.method]...)
	}
	return found
}

func (g *graph) add(p *packages.Package) {
	for _, file := range p.Syntax {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				f, _ := p.TypesInfo.Defs[d.Name].(*types.Func)
				if f == nil || d.Body == nil {
					continue
				}
				if d.Recv != nil && behind(p.PkgPath, f.Name()) {
					g.methods[f.Name()] = append(g.methods[f.Name()], thing{name: f.FullName()})
				}
				g.read(p, f.FullName(), d.Body)
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if v, is := s.(*ast.ValueSpec); is {
						g.readVars(p, v)
					}
				}
			}
		}
	}
}

// behind reports whether a method is what an interface comes down to: those of the embedded store, and of a model that who asks waits
// for. What else models fail by is told as the end of an answer.
func behind(pkg, method string) bool {
	return pkg == "pegasus/store/sqlite" || pkg == "pegasus/plugins/openai" && method == "Improve"
}

func (g *graph) readVars(p *packages.Package, v *ast.ValueSpec) {
	for i, name := range v.Names {
		if o := p.TypesInfo.Defs[name]; o != nil && len(v.Values) == len(v.Names) {
			g.read(p, o.Pkg().Path()+"."+o.Name(), v.Values[i])
		}
	}
}

// read notes what a piece of source names, as belonging to owner.
func (g *graph) read(p *packages.Package, owner string, source ast.Node) {
	ast.Inspect(source, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if route := routeOf(p, n); route != "" {
				for _, arg := range n.Args {
					g.routes[route] = append(g.routes[route], named(p, arg)...)
				}
				return false
			}
			g.note(owner, raised(p, n))
			g.noteCodes(p, owner, n)
		case *ast.CompositeLit:
			g.note(owner, written(p, n))
		case *ast.Ident:
			g.names[owner] = append(g.names[owner], use(p, n)...)
		}
		return true
	})
}

func (g *graph) note(owner string, f failure) {
	switch {
	case f.code != "" && f.kind != "":
		g.failures[owner] = append(g.failures[owner], f)
	case f.kind != "":
		g.makers[owner] = f.kind
	}
}

// code has an underscore, which keeps other words in capitals apart.
var code = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$`)

// noteCodes notes what a call of one of our functions has for codes among its arguments.
func (g *graph) noteCodes(p *packages.Package, owner string, call *ast.CallExpr) {
	for _, maker := range use(p, called(call)) {
		for _, arg := range call.Args {
			if text := constantText(p, arg); code.MatchString(text) {
				g.made = append(g.made, made{owner, maker.name, text})
			}
		}
	}
}

// use returns the function or package variable of ours that an identifier stands for, nothing for all else.
func use(p *packages.Package, n *ast.Ident) []thing {
	o := p.TypesInfo.Uses[n]
	if o == nil || o.Pkg() == nil || !strings.HasPrefix(o.Pkg().Path(), "pegasus/") {
		return nil
	}
	if f, is := o.(*types.Func); is {
		found := thing{name: f.Origin().FullName()}
		if recv := f.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
			found.method = f.Name()
		}
		return []thing{found}
	}
	if v, is := o.(*types.Var); is && v.Parent() == v.Pkg().Scope() {
		return []thing{{name: v.Pkg().Path() + "." + v.Name()}}
	}
	return nil
}

func named(p *packages.Package, source ast.Node) (all []thing) {
	ast.Inspect(source, func(n ast.Node) bool {
		if id, is := n.(*ast.Ident); is {
			all = append(all, use(p, id)...)
		}
		return true
	})
	return all
}

// routeOf returns the pattern of the route that a call registers, "" for other calls.
func routeOf(p *packages.Package, call *ast.CallExpr) string {
	if p.PkgPath != "pegasus/api" || len(call.Args) < 4 {
		return ""
	}
	if text := constantText(p, call.Args[1]); pattern.MatchString(text) {
		return text
	}
	return ""
}

func constantText(p *packages.Package, e ast.Expr) string {
	if v := p.TypesInfo.Types[e].Value; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v)
	}
	return ""
}

// raised reads a call of fault.New, Field or Away. A code that is not spelled out is left empty.
func raised(p *packages.Package, call *ast.CallExpr) (out failure) {
	found := use(p, called(call))
	if len(found) == 0 {
		return out
	}
	switch found[0].name {
	case "pegasus/fault.New":
		out = failure{kindOf(call.Args[0]), constantText(p, call.Args[1])}
	case "pegasus/fault.Field":
		out = failure{"Invalid", constantText(p, call.Args[1])}
	case "pegasus/fault.Away":
		out = failure{"Unavailable", constantText(p, call.Args[0])}
	}
	return out
}

func called(call *ast.CallExpr) *ast.Ident {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f
	case *ast.SelectorExpr:
		return f.Sel
	}
	return &ast.Ident{}
}

// written reads a fault.Error, as raised does.
func written(p *packages.Package, lit *ast.CompositeLit) (out failure) {
	t := p.TypesInfo.TypeOf(lit)
	if t == nil || t.String() != "pegasus/fault.Error" {
		return out
	}
	for _, e := range lit.Elts {
		pair, is := e.(*ast.KeyValueExpr)
		if !is {
			continue
		}
		switch key, _ := pair.Key.(*ast.Ident); key.Name {
		case "Kind":
			out.kind = kindOf(pair.Value)
		case "Code":
			out.code = constantText(p, pair.Value)
		}
	}
	return out
}

// kindOf returns the name of a kind where it is spelled out.
func kindOf(e ast.Expr) string {
	if s, is := e.(*ast.SelectorExpr); is && ast.IsExported(s.Sel.Name) {
		return s.Sel.Name
	}
	return ""
}
