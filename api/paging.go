package api

import (
	"context"
	"reflect"

	"pegasus/chat"
	"pegasus/web"
)

// cursorField is the field of an answer that holds where its next page begins.
const cursorField = "NextCursor"

// nextCursor returns what reads the cursor of an answer of this type, nil for one that has no pages.
func nextCursor[O any]() func(*O) string {
	t := reflect.TypeFor[O]()
	if t.Kind() != reflect.Struct {
		return nil
	}
	field, found := t.FieldByName(cursorField)
	if !found || field.Type.Kind() != reflect.String {
		return nil
	}
	return func(body *O) string { return reflect.ValueOf(body).Elem().FieldByIndex(field.Index).String() }
}

// hasHistory reports whether requests of this type ask for a part of a history.
func hasHistory[I any]() bool {
	t := reflect.TypeFor[I]()
	_, found := t.FieldByName(reflect.TypeFor[HistoryPart]().Name())
	return found
}

// linkTo returns a Link header that leads to the next page: the request's own address with other parameters, "" where value
// is empty. The address has no host, as RFC 8288 allows.
func linkTo(ctx context.Context, name, value string) string {
	address := web.Address(ctx)
	if value == "" || address == nil {
		return ""
	}
	query := address.Query()
	for _, way := range []string{"before", "after", "cursor"} {
		query.Del(way)
	}
	query.Set(name, value)
	return "<" + address.EscapedPath() + "?" + query.Encode() + `>; rel="next"`
}

// further returns the Link header for a part of a history: on to what is older, or with after, or where a list begins at its
// oldest, to what is newer. A part that is not full has nothing behind it.
func (p HistoryPart) further(ctx context.Context, messages []message, forward bool) string {
	if len(messages) < p.Limit.or(chat.DefaultPage) {
		return ""
	}
	if p.After != "" || forward && p.Before == "" {
		return linkTo(ctx, "after", messages[len(messages)-1].ID)
	}
	return linkTo(ctx, "before", messages[0].ID)
}
