package handlers

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pegasus/accounts"
	"pegasus/chat"
)

// paper is a file as a form brings it.
type paper struct {
	name    string
	content []byte
}

// write returns a composer's form with files, and its content type. Pairs are names and values of fields.
func write(t testing.TB, papers []paper, pairs ...string) (*bytes.Buffer, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		must(t, form.WriteField(pairs[i], pairs[i+1]))
	}
	for _, p := range papers {
		file, err := form.CreateFormFile("files", p.name)
		must(t, err)
		_, err = file.Write(p.content)
		must(t, err)
	}
	must(t, form.Close())
	return &body, form.FormDataContentType()
}

// sendFiles sends a form with files to a channel, or what body reads of it.
func (w *world) sendFiles(a *actor, channelID string, body io.Reader, contentType string) answered {
	w.t.Helper()
	r := w.request(a, "POST", "/chat/"+channelID+"/messages", nil)
	r.Body = io.NopCloser(body)
	r.Header.Set("Content-Type", contentType)
	return w.do(r)
}

func (w *world) uploadsOf(who accounts.User) (list []chat.Upload) {
	w.t.Helper()
	must(w.t, w.chat.EachOwnUpload(w.t.Context(), who, func(u chat.Upload) error {
		list = append(list, u)
		return nil
	}))
	return list
}

// stored sweeps and counts what lies in the storage.
func (w *world) stored() int {
	w.t.Helper()
	must(w.t, w.Files.Sweep(w.t.Context()))
	list, err := os.ReadDir(filepath.Join(w.Dir, "files"))
	must(w.t, err)
	return len(list)
}

func (w *world) newest(who *actor, channelID string) chat.Message {
	w.t.Helper()
	h, err := w.chat.History(w.t.Context(), who.User, channelID, chat.Cut{Limit: 1})
	must(w.t, err)
	if len(h.Messages) == 0 {
		return chat.Message{}
	}
	return h.Messages[0]
}

func TestAFormPostsTextAndFilesInOneGo(t *testing.T) {
	w := newWorld(t)
	ada, c := w.join("ada"), w.general()
	body, kind := write(t, []paper{{"notes.txt", []byte("one")}, {"me.png", halves(t)}}, "content", "two files", "client_id", "k1")
	sent := body.Bytes()
	w.sendFiles(ada, c.ID, bytes.NewReader(sent), kind).sends("/chat/" + c.ID)
	m := w.newest(ada, c.ID)
	if m.Content != "two files" || len(m.Attachments) != 2 || m.Attachments[0].Name != "notes.txt" || m.Attachments[1].Width != 400 {
		t.Fatalf("the message is %+v", m)
	}
	w.sendFiles(ada, c.ID, bytes.NewReader(sent), kind).sends("/chat/" + c.ID)
	if again := w.newest(ada, c.ID); again.ID != m.ID {
		t.Error("a form that is sent twice posts twice")
	}
	if n := w.stored(); n != 3 {
		t.Errorf("%d files are kept of a form that was sent twice, want 2 and a thumbnail", n)
	}
}

func TestAFileAloneIsAMessage(t *testing.T) {
	w := newWorld(t)
	ada, c := w.join("ada"), w.general()
	body, kind := write(t, []paper{{"notes.txt", []byte("one")}}, "content", "", "client_id", "k1")
	w.sendFiles(ada, c.ID, body, kind).sends("/chat/" + c.ID)
	body, kind = write(t, []paper{{"", nil}}, "content", "no file chosen", "client_id", "k2")
	w.sendFiles(ada, c.ID, body, kind).sends("/chat/" + c.ID)
	if m := w.newest(ada, c.ID); m.Content != "no file chosen" || len(m.Attachments) != 0 {
		t.Errorf("the message is %+v", m)
	}
}

func TestAFileThatIsRefusedIsNamedAndTheOthersWaitWithTheText(t *testing.T) {
	w := newWorld(t)
	ada, c := w.join("ada"), w.general()
	body, kind := write(t, []paper{{"bad.exe", []byte("MZ")}, {"good.txt", []byte("fine")}}, "content", "look", "client_id", "k1")
	page := w.sendFiles(ada, c.ID, body, kind).want(415, "“bad.exe”", "good.txt").keeps("content", "look", "client_id", "k1")
	if m := w.newest(ada, c.ID); m.ID != "" {
		t.Fatalf("the message went out: %+v", m)
	}
	kept := attribute(page.field("attachment"), "value")
	w.post(ada, "/chat/"+c.ID+"/messages", "content", "look", "client_id", "k1", "attachment", kept).sends("/chat/" + c.ID)
	if m := w.newest(ada, c.ID); len(m.Attachments) != 1 || m.Attachments[0].Name != "good.txt" {
		t.Errorf("the message is %+v", m)
	}
	many := make([]paper, 11)
	for i := range many {
		many[i] = paper{"n.txt", []byte("x")}
	}
	body, kind = write(t, many, "content", "many")
	w.sendFiles(ada, c.ID, body, kind).want(400, "at most 10 files").keeps("content", "many")
}

// endless is a file that never ends.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.read += int64(len(p))
	return len(p), nil
}

func TestAFileThatIsTooLargeIsNotReadToItsEnd(t *testing.T) {
	w := newWorld(t)
	ada, c := w.join("ada"), w.general()
	body, kind := write(t, []paper{{"big.txt", []byte("x")}}, "content", "big")
	head, _, _ := bytes.Cut(body.Bytes(), []byte("\r\n--"+strings.TrimPrefix(kind, "multipart/form-data; boundary=")+"--"))
	e := &endless{}
	w.sendFiles(ada, c.ID, io.MultiReader(bytes.NewReader(head), e), kind).want(413, "“big.txt” is too large", "50 MB").keeps("content", "big")
	if most := w.Files.Max() + 1<<20; e.read > most {
		t.Errorf("%d bytes were read, want at most %d", e.read, most)
	}
	if n := w.stored(); n != 0 || len(w.uploadsOf(ada.User)) != 0 {
		t.Errorf("%d files stay", n)
	}
}

// broken fails where a connection broke.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestAFormThatBreaksOffLeavesNothing(t *testing.T) {
	w := newWorld(t)
	ada, c := w.join("ada"), w.general()
	body, kind := write(t, []paper{{"one.txt", []byte("whole")}, {"two.txt", []byte(strings.Repeat("half", 1000))}}, "content", "x")
	for _, part := range []int{1, 2} {
		whole := body.Bytes()
		w.sendFiles(ada, c.ID, io.MultiReader(bytes.NewReader(whole[:len(whole)*part/3]), broken{}), kind).want(400)
		if n := w.stored(); n != 0 || len(w.uploadsOf(ada.User)) != 0 {
			t.Errorf("broken at %d/3: %d files stay", part, n)
		}
	}
}

func TestFilesForAChannelThatOneIsNotInAreNotReceived(t *testing.T) {
	w := newWorld(t)
	ada, eve := w.join("ada"), w.join("eve")
	c := w.channel(ada, "own", chat.Private)
	body, kind := write(t, []paper{{"one.txt", []byte("x")}}, "content", "x")
	w.sendFiles(eve, c.ID, body, kind).want(404)
	if n := w.stored(); n != 0 {
		t.Errorf("%d files stay", n)
	}
	body, kind = write(t, []paper{{"one.txt", []byte("x")}}, "content", "x")
	w.sendFiles(nil, c.ID, body, kind).want(401)
}

func TestAFormTakesOnlyFilesOfItsSender(t *testing.T) {
	w := newWorld(t)
	ada, eve, c := w.join("ada"), w.join("eve"), w.general()
	u, err := w.Files.Receive(t.Context(), ada.User, "a.txt", strings.NewReader("x"))
	must(t, err)
	page := w.post(eve, "/chat/"+c.ID+"/messages", "content", "mine now", "attachment", u.ID).want(400, "not an upload of yours").keeps("content", "mine now")
	if strings.Contains(page.Body.String(), "a.txt") {
		t.Error("the page names a file of somebody else")
	}
}
