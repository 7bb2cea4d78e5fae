package storetest

import (
	"testing"

	"pegasus/accounts"
	"pegasus/id"
)

var profileCases = []accountCase{
	{"what people say of themselves is read back", profilesReadBack},
	{"with a field goes what everybody said in it", profileFieldDropped},
	{"with a person goes what they said of themselves", profileErased},
}

func says(t *testing.T, store accounts.Store, userID string, want map[string]string) {
	t.Helper()
	got, err := store.ProfileValues(t.Context(), userID)
	must(t, err)
	if len(got) == 0 && len(want) == 0 {
		return
	}
	alike(t, "the profile", got, want)
}

func profilesReadBack(t *testing.T, store accounts.Store) {
	ada, ben, field := AddUser(t, store, "ada").ID, AddUser(t, store, "ben").ID, id.New(Start)
	says(t, store, ada, nil)
	must(t, store.SetProfileValues(t.Context(), ada, map[string]string{"title": "Engineer", field: "a\nb ü"}))
	must(t, store.SetProfileValues(t.Context(), ben, map[string]string{"title": "Cook"}))
	says(t, store, ada, map[string]string{"title": "Engineer", field: "a\nb ü"})
	must(t, store.SetProfileValues(t.Context(), ada, map[string]string{"title": "", field: "c", "pronouns": ""}))
	says(t, store, ada, map[string]string{field: "c"})
	must(t, store.SetProfileValues(t.Context(), ada, map[string]string{field: ""}))
	says(t, store, ada, nil)
	says(t, store, ben, map[string]string{"title": "Cook"})
}

func profileFieldDropped(t *testing.T, store accounts.Store) {
	ada, ben := AddUser(t, store, "ada").ID, AddUser(t, store, "ben").ID
	for _, who := range []string{ada, ben} {
		must(t, store.SetProfileValues(t.Context(), who, map[string]string{"title": "Engineer", "about": "Hello"}))
	}
	for range 2 {
		must(t, store.DropProfileField(t.Context(), "title"))
	}
	for _, who := range []string{ada, ben} {
		says(t, store, who, map[string]string{"about": "Hello"})
	}
}

func profileErased(t *testing.T, store accounts.Store) {
	ada, ben := AddUser(t, store, "ada").ID, AddUser(t, store, "ben").ID
	for _, who := range []string{ada, ben} {
		must(t, store.SetProfileValues(t.Context(), who, map[string]string{"title": "Engineer"}))
	}
	must(t, store.EraseUser(t.Context(), ada, accounts.Tombstone{Email: "gone@x.test", Username: "gone", Name: "Gone"}, Start))
	says(t, store, ada, nil)
	says(t, store, ben, map[string]string{"title": "Engineer"})
}
