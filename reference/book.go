// Package reference makes a book of the OpenAPI document of the API, for people to read: groups of operations with their
// fields spelled out, the codes of failures, and guides.
package reference

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Book is the whole reference. It does not change.
type Book struct {
	Groups []Group
	Codes  []Code
	Guides []Guide
	types  map[string]*schema
	uses   map[string][]*Operation
}

// Group is a chapter of operations.
type Group struct {
	Name, About string
	Operations  []*Operation
}

// Operation is a route as a program sees it.
type Operation struct {
	ID, Method, Path, Summary, About, Group string
	Deprecated                              bool
	Parameters                              []Field
	Body                                    *Body
	Answers                                 []Body
	Failures                                []Failure
	Curl                                    string
	Events                                  []Event
}

// Body is what goes in, or an answer that comes out.
type Body struct {
	Status, About, Media, Type, Example string
	Fields                              []Field
	Paged                               bool // the answer may link to a next page
}

// Field is a part of a body, or a parameter.
type Field struct {
	Name, Type, About string
	In                string // of parameters: path, query or header
	Ref               string // the name of its type, "" where it has none
	Required          bool
	Values            []string // those that it may have, where they are counted
	Fields            []Field
}

// Failure is a status with the codes that come with it.
type Failure struct {
	Status, Text string
	Codes        []string
}

// Code is a failure and where it comes from.
type Code struct {
	Name     string
	Statuses []string
	From     []*Operation
}

// Event is an event of a stream.
type Event struct {
	Name, About string
	Fields      []Field
}

// Type is a shape that has a name.
type Type struct {
	Name, About string
	Fields      []Field
	Uses        []*Operation
}

type document struct {
	Tags  []struct{ Name, Description string }
	Paths map[string]map[string]*operation

	Components struct{ Schemas map[string]*schema }
}

type operation struct {
	OperationID, Summary, Description string
	Tags                              []string
	Deprecated                        bool
	Security                          []map[string][]string // none where the operation is open to everyone
	Parameters                        []struct {
		Name, In, Description string
		Required              bool
		Schema                *schema
	}
	RequestBody *struct{ Content map[string]media }
	Responses   map[string]struct {
		Description string
		Headers     map[string]any
		Content     map[string]media
		Codes       []string `json:"x-codes"`
	}
	Events map[string]struct {
		Description string
		Schema      *schema
	} `json:"x-events"`
}

type media struct {
	Schema  *schema
	Example json.RawMessage
}

type schema struct {
	Type         any
	Ref          string `json:"$ref"`
	Description  string
	Format       string
	Properties   map[string]*schema
	Items        *schema
	Required     []string
	Enum         []any
	AnyOf, OneOf []*schema
}

// Read makes a book of a document. The server is named as url in its examples.
func Read(text []byte, url string) (*Book, error) {
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("reference: %w", err)
	}
	b := &Book{types: d.Components.Schemas, uses: map[string][]*Operation{}}
	at := map[string]int{}
	for i, t := range d.Tags {
		at[t.Name] = i
		b.Groups = append(b.Groups, Group{Name: t.Name, About: t.Description})
	}
	codes := map[string]*Code{}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			op := b.operation(strings.ToUpper(method), path, d.Paths[path][method], url)
			group := &b.Groups[at[op.Group]]
			group.Operations = append(group.Operations, op)
			gather(codes, op)
		}
	}
	b.Groups = slices.DeleteFunc(b.Groups, func(g Group) bool { return len(g.Operations) == 0 })
	for _, name := range slices.Sorted(maps.Keys(codes)) {
		slices.Sort(codes[name].Statuses)
		b.Codes = append(b.Codes, *codes[name])
	}
	var err error
	b.Guides, err = guides(url)
	return b, err
}

func gather(codes map[string]*Code, op *Operation) {
	for _, f := range op.Failures {
		for _, name := range f.Codes {
			if codes[name] == nil {
				codes[name] = &Code{Name: name}
			}
			c := codes[name]
			if !slices.Contains(c.Statuses, f.Status) {
				c.Statuses = append(c.Statuses, f.Status)
			}
			if !slices.Contains(c.From, op) {
				c.From = append(c.From, op)
			}
		}
	}
}

func (b *Book) operation(method, path string, o *operation, url string) *Operation {
	op := &Operation{
		ID: o.OperationID, Method: method, Path: path, Summary: o.Summary, About: o.Description, Group: o.Tags[0], Deprecated: o.Deprecated,
	}
	for _, p := range o.Parameters {
		f := b.field(p.Name, p.Schema, nil)
		f.In, f.Required, f.About = p.In, p.Required, cmp.Or(p.Description, f.About)
		op.Parameters = append(op.Parameters, f)
	}
	if o.RequestBody != nil {
		for _, kind := range slices.Sorted(maps.Keys(o.RequestBody.Content)) {
			if body := b.body(op, "", kind, o.RequestBody.Content[kind]); op.Body == nil || kind == "application/json" {
				op.Body = &body
			}
		}
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		r := o.Responses[status]
		if status >= "400" {
			number, _ := strconv.Atoi(status)
			op.Failures = append(op.Failures, Failure{status, http.StatusText(number), r.Codes})
			continue
		}
		if len(r.Content) == 0 {
			op.Answers = append(op.Answers, Body{Status: status, About: r.Description})
		}
		for _, kind := range slices.Sorted(maps.Keys(r.Content)) {
			body := b.body(op, status, kind, r.Content[kind])
			body.About, body.Paged = r.Description, r.Headers["Link"] != nil
			op.Answers = append(op.Answers, body)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Events)) {
		e := o.Events[name]
		op.Events = append(op.Events, Event{name, e.Description, b.fields(e.Schema, nil)})
	}
	op.Curl = curl(op, url, len(o.Security) > 0)
	return op
}

func (b *Book) body(op *Operation, status, kind string, m media) Body {
	body := Body{Status: status, Media: kind, Fields: b.fields(m.Schema, nil), Type: name(m.Schema)}
	if body.Type != "" && !slices.Contains(b.uses[body.Type], op) {
		b.uses[body.Type] = append(b.uses[body.Type], op)
	}
	var pretty bytes.Buffer
	if len(m.Example) > 0 && kind == "application/json" && json.Indent(&pretty, m.Example, "", "  ") == nil {
		body.Example = pretty.String()
	}
	return body
}

// Group returns a chapter by its name.
func (b *Book) Group(name string) (Group, bool) {
	i := slices.IndexFunc(b.Groups, func(g Group) bool { return g.Name == name })
	if i < 0 {
		return Group{}, false
	}
	return b.Groups[i], true
}

// Type returns a shape by its name.
func (b *Book) Type(name string) (Type, bool) {
	s := b.types[name]
	if s == nil {
		return Type{}, false
	}
	return Type{Name: name, About: s.Description, Fields: b.fields(s, nil), Uses: b.uses[name]}, true
}

// Find returns the groups with only those operations whose method, path or summary has all words of a query.
func (b *Book) Find(query string) []Group {
	words := strings.Fields(strings.ToLower(query))
	var found []Group
	for _, g := range b.Groups {
		some := Group{Name: g.Name, About: g.About}
		for _, op := range g.Operations {
			text := strings.ToLower(op.Method + " " + op.Path + " " + op.Summary)
			if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
				some.Operations = append(some.Operations, op)
			}
		}
		if len(some.Operations) > 0 {
			found = append(found, some)
		}
	}
	return found
}

// Title is the name of a group as a heading.
func (g Group) Title() string {
	if title, there := titles[g.Name]; there {
		return title
	}
	return strings.ToUpper(g.Name[:1]) + g.Name[1:]
}

var titles = map[string]string{
	"auth": "Accounts and sign-in", "users": "People", "dm": "Direct messages", "reading": "Reading and notifications", "events": "Live stream",
	"groups": "Groups of people", "plugins": "Workbench", "installs": "Plugins in channels", "hooks": "Webhooks and bots", "emoji": "Emoji",
	"admin": "Administration",
}
