package embed

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"pegasus/chat"
)

func TestTextsAreSentAndVectorsComeBackInTheirOrder(t *testing.T) {
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = r.Method + " " + r.URL.Path + " " + r.Header.Get("Authorization") + " " + string(body)
		fmt.Fprint(w, `{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[1,2]}]}`)
	}))
	defer server.Close()
	e := Server{BaseURL: server.URL + "/v1/", Key: "k", Model: "m"}.Embedder()
	got, err := e.Embed(t.Context(), []string{"a", "b"})
	if err != nil || e.Model != "m" || len(got) != 2 || !slices.Equal(got[0], []float32{1, 2}) || !slices.Equal(got[1], []float32{3, 4}) {
		t.Errorf("%v, %v", got, err)
	}
	if want := `POST /v1/embeddings Bearer k {"encoding_format":"float","input":["a","b"],"model":"m"}`; asked != want {
		t.Errorf("asked %s, want %s", asked, want)
	}
}

func TestAnswersThatAreNoneAreErrors(t *testing.T) {
	for answer, refused := range map[string]bool{
		"400 x": true, "413 x": true, "401 x": false, "500 x": false, "302 x": false, "200 no json": false, `200 {"data":[]}`: false,
		`200 {"data":[{"index":7,"embedding":[1]}]}`: false, `200 {"data":[{"index":0,"embedding":[]}]}`: false,
		`200 {"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}`: false,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var status int
			fmt.Sscan(answer[:3], &status)
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			io.WriteString(w, answer[4:])
		}))
		_, err := Server{BaseURL: server.URL, Model: "m"}.Embedder().Embed(t.Context(), []string{"a"})
		if err == nil || errors.Is(err, chat.ErrTextRefused) != refused {
			t.Errorf("%s: %v", answer, err)
		}
		server.Close()
	}
}
