package reference

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxNested is how deep fields are spelled out; deeper ones are on the page of their type.
const maxNested = 3

func name(s *schema) string {
	if s == nil {
		return ""
	}
	return strings.TrimPrefix(s.Ref, "#/components/schemas/")
}

// field describes one value. above are the names of the types that it is in.
func (b *Book) field(label string, s *schema, above []string) Field {
	f := Field{Name: label}
	if s == nil {
		return f
	}
	f.About = s.Description
	f.Ref = reach(s)
	f.Type = b.kind(s)
	target := s
	for target.Ref == "" && target.Items != nil {
		target = target.Items
	}
	for _, v := range target.Enum {
		f.Values = append(f.Values, fmt.Sprint(v))
	}
	if len(above) < maxNested && (f.Ref == "" || !slices.Contains(above, f.Ref)) {
		f.Fields = b.fields(target, append(slices.Clone(above), f.Ref))
	}
	return f
}

// fields describes the parts of an object, of the elements of an array, or of the first of several shapes.
func (b *Book) fields(s *schema, above []string) []Field {
	s = b.resolve(s)
	for s != nil && s.Items != nil {
		s = b.resolve(s.Items)
	}
	if s == nil {
		return nil
	}
	if len(s.Properties) == 0 && len(s.AnyOf)+len(s.OneOf) > 0 {
		return b.fields(append(slices.Clone(s.AnyOf), s.OneOf...)[0], above)
	}
	var all []Field
	for _, label := range slices.Sorted(maps.Keys(s.Properties)) {
		if strings.HasPrefix(label, "$") {
			continue
		}
		f := b.field(label, s.Properties[label], above)
		f.Required = slices.Contains(s.Required, label)
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(x, y Field) int {
		switch {
		case x.Required == y.Required:
			return 0
		case x.Required:
			return -1
		}
		return 1
	})
	return all
}

func (b *Book) resolve(s *schema) *schema {
	if s != nil && s.Ref != "" {
		return b.types[name(s)]
	}
	return s
}

// reach returns the name of the type of a value, of an array's elements, or of the first of several shapes.
func reach(s *schema) string {
	switch {
	case s.Ref != "":
		return name(s)
	case s.Items != nil:
		return reach(s.Items)
	case len(s.AnyOf) > 0:
		return reach(s.AnyOf[0])
	}
	return ""
}

// kind names the type of a value as a reader of JSON would.
func (b *Book) kind(s *schema) string {
	switch {
	case s.Ref != "":
		return "object"
	case s.Items != nil:
		return "array of " + plural(b.kind(s.Items)) + orNull(s.Type)
	case len(s.AnyOf) > 0:
		kinds := make([]string, len(s.AnyOf))
		for i, one := range s.AnyOf {
			kinds[i] = b.kind(one)
		}
		return strings.Join(kinds, " or ")
	}
	text := strings.TrimSpace(first(s.Type))
	switch {
	case s.Format == "date-time":
		text = "time"
	case s.Format == "binary":
		text = "file"
	case text == "":
		text = "any"
	}
	return text + orNull(s.Type)
}

func first(t any) string {
	if several, is := t.([]any); is && len(several) > 0 {
		return fmt.Sprint(several[0])
	}
	if t == nil {
		return ""
	}
	return fmt.Sprint(t)
}

func orNull(t any) string {
	if several, is := t.([]any); is && slices.Contains(several, any("null")) {
		return " or null"
	}
	return ""
}

func plural(kind string) string {
	if kind == "any" || strings.Contains(kind, " ") {
		return kind
	}
	return kind + "s"
}
