package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"strings"
	"testing"

	"pegasus/files"
)

// form returns a form with one file in it, and its content type.
func form(t *testing.T, field, name string, content []byte) (body *bytes.Buffer, mediaType string) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	must(t, w.WriteField("other", "first"))
	part, err := w.CreateFormFile(field, name)
	must(t, err)
	_, err = part.Write(content)
	must(t, err)
	must(t, w.Close())
	return body, w.FormDataContentType()
}

func (w *world) upload(a *actor, path string, body io.Reader, mediaType string) answered {
	w.t.Helper()
	r := request(a, "POST", path, nil)
	r.Body = io.NopCloser(body)
	r.ContentLength = -1
	r.Header.Set("Content-Type", mediaType)
	return w.do(r)
}

func TestAPictureIsTakenAsAFormAndReplacesTheOneBefore(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	body, mediaType := form(t, "file", "../../ada.png", pixel)
	first := w.upload(ada, "/api/users/me/avatar?x=0&y=0&side=1", body, mediaType).want(200).field("avatar_url")
	key, ours := files.Key(first)
	if !ours {
		t.Fatalf("the picture is at %q", first)
	}
	picture, _, err := w.Avatars.Open(t.Context(), key)
	must(t, err)
	must(t, picture.Close())
	if got := w.call(ada, "GET", "/api/users/me", nil).want(200); got.field("user.avatar") != first || got.field("user.picture") != first {
		t.Errorf("oneself is %s", got.Body)
	}
	w.call(ada, "DELETE", "/api/users/me/avatar", nil).want(200)
	if _, _, err := w.Avatars.Open(t.Context(), key); err == nil {
		t.Error("the picture is there still")
	}
	if got := w.call(ada, "GET", "/api/users/me", nil).want(200); got.field("user.avatar") != "" {
		t.Errorf("oneself is %s", got.Body)
	}
}

func TestTheSamePictureTwiceStays(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	for range 2 {
		body, mediaType := form(t, "file", "ada.png", pixel)
		path := w.upload(ada, "/api/users/me/avatar", body, mediaType).want(200).field("avatar_url")
		key, _ := files.Key(path)
		picture, _, err := w.Avatars.Open(t.Context(), key)
		must(t, err)
		must(t, picture.Close())
	}
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	for name, c := range map[string]struct {
		field, file string
		content     []byte
		code        string
	}{
		"nothing":            {"other", "ada.png", pixel, "NO_FILE"},
		"a script as a PNG":  {"file", "ada.png", []byte("<script>alert(1)</script>"), "FILE_TYPE_NOT_ALLOWED"},
		"an SVG":             {"file", "ada.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "FILE_TYPE_NOT_ALLOWED"},
		"more than 5 MB":     {"file", "ada.png", append(bytes.Clone(pixel), make([]byte, files.MaxAvatar)...), "FILE_TOO_LARGE"},
		"far more than 5 MB": {"file", "ada.png", make([]byte, 2*files.MaxAvatar), "FILE_TOO_LARGE"},
	} {
		body, mediaType := form(t, c.field, c.file, c.content)
		if got := w.upload(ada, "/api/users/me/avatar", body, mediaType); got.Code != 400 || got.field("code") != c.code {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	w.upload(ada, "/api/users/me/avatar", strings.NewReader("--x\r\nbroken"), "multipart/form-data; boundary=x").want(400)
	w.upload(ada, "/api/users/me/avatar", strings.NewReader("x"), "text/plain").want(415)
	w.call(nil, "POST", "/api/users/me/avatar", `{"avatar_url":"https://a.test/a.png"}`).want(401)
}

func TestAPictureOfTheWebIsFetchedOnceAndKept(t *testing.T) {
	var asked []string
	w := newWorld(t, func(d *Deps) {
		d.Fetch = func(_ context.Context, url string, limit int64) ([]byte, error) {
			asked = append(asked, url)
			if strings.Contains(url, "169.254") || limit != files.MaxAvatar {
				return nil, errors.New("dial tcp 169.254.169.254:80: refused by the guard")
			}
			return pixel, nil
		}
	})
	ada := w.join("ada")
	path := w.call(ada, "POST", "/api/users/me/avatar", `{"avatar_url":"https://pictures.test/ada.png"}`).want(200).field("avatar_url")
	if _, ours := files.Key(path); !ours || len(asked) != 1 {
		t.Errorf("the picture is at %q after %v", path, asked)
	}
	w.call(ada, "PUT", "/api/users/me", `{"avatar":"`+path+`"}`).want(200) // as it was read
	if len(asked) != 1 {
		t.Errorf("asked %v", asked)
	}
	refused := w.call(ada, "PUT", "/api/users/me", `{"avatar":"http://169.254.169.254/latest"}`).want(400, "AVATAR_UNREACHABLE")
	if strings.Contains(refused.Body.String(), "169.254") {
		t.Errorf("the answer tells of the network: %s", refused.Body)
	}
	w.call(ada, "PUT", "/api/users/me", `{"avatar":""}`).want(200)
	if got := w.call(ada, "GET", "/api/users/me", nil).want(200); got.field("user.avatar") != "" {
		t.Errorf("oneself is %s", got.Body)
	}
	w.call(ada, "POST", "/api/users/me/avatar", `{"avatar_url":""}`).want(400, "NO_FILE")
}
