package nats

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Payload is a type of event with the name that it has between servers.
type Payload struct {
	name   string
	of     reflect.Type
	decode func([]byte) (any, error)
}

// Of names a type of event. It goes between servers as JSON of its exported fields, which must be all it has. Servers of other
// versions read it too, so that a name is never used for another type.
func Of[T any](name string) Payload {
	return Payload{name: name, of: reflect.TypeFor[T](), decode: func(text []byte) (any, error) {
		var payload T
		err := json.Unmarshal(text, &payload)
		return payload, err
	}}
}

// Type returns the type of event.
func (p Payload) Type() reflect.Type { return p.of }

// Decode reads an event as another server sent it.
func (p Payload) Decode(text []byte) (any, error) { return p.decode(text) }

// payloads are the types that are known, both ways.
type payloads struct {
	names  map[reflect.Type]string
	byName map[string]Payload
}

func known(all []Payload) (payloads, error) {
	k := payloads{names: map[reflect.Type]string{}, byName: map[string]Payload{}}
	for _, p := range all {
		if _, twice := k.byName[p.name]; twice || k.names[p.of] != "" {
			return payloads{}, fmt.Errorf("the payload %s (%s) is named twice", p.name, p.of)
		}
		k.names[p.of], k.byName[p.name] = p.name, p
	}
	return k, nil
}

func (k payloads) encode(payload any) (name string, text []byte, err error) {
	name = k.names[reflect.TypeOf(payload)]
	if name == "" {
		return "", nil, fmt.Errorf("events of the type %T have no name between servers", payload)
	}
	text, err = json.Marshal(payload)
	return name, text, err
}

func (k payloads) decode(name string, text []byte) (any, error) {
	p, found := k.byName[name]
	if !found {
		return nil, fmt.Errorf("there is no event of the name %q here: is another version running?", name)
	}
	return p.decode(text)
}
