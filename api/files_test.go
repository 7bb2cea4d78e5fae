package api

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pegasus/chat"
	"pegasus/files"
	"pegasus/internal/doortest"
)

// sendFile uploads a file and returns the answer.
func (w *world) sendFile(a *actor, name string, content []byte) answered {
	w.t.Helper()
	body := &bytes.Buffer{}
	form := multipart.NewWriter(body)
	part, err := form.CreateFormFile("file", name)
	must(w.t, err)
	_, err = part.Write(content)
	must(w.t, err)
	must(w.t, form.Close())
	return w.upload(a, "/api/upload/message-file", body, form.FormDataContentType())
}

// stored counts the files that are kept.
func (w *world) stored() int {
	w.t.Helper()
	list, err := os.ReadDir(filepath.Join(w.Dir, "files"))
	must(w.t, err)
	return len(list)
}

func (w *world) channel(a *actor, name string, members ...*actor) chat.Channel {
	w.t.Helper()
	c, err := w.chat.CreateChannel(w.t.Context(), a.User, chat.NewChannel{Name: name, Type: chat.Private})
	must(w.t, err)
	for _, m := range members {
		must(w.t, w.chat.AddMember(w.t.Context(), a.User, c.ID, m.ID))
	}
	return c
}

func TestAnUploadAnswersAsOldClientsExpect(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	got := w.sendFile(ada, "My Picture.PNG", pixel).want(200)
	key := strings.TrimPrefix(got.field("filename"), "messages/")
	if len(key) != 36+4 || got.field("file_url") != "/api/files/"+key || got.field("thumbnail_url") != "/api/files/"+key+"?size=thumb" ||
		got.field("original_name") != "My Picture.PNG" || got.field("type") != "image/png" || got.field("success") != "true" || got.field("id") == "" ||
		got.field("width") != "1" || got.field("height") != "1" {
		t.Errorf("%s", got.Body)
	}
	body, mediaType := form(t, "file", "me.png", pixel)
	avatar := w.upload(ada, "/api/upload/avatar", body, mediaType).want(200)
	kept, ours := files.Key(avatar.field("avatar_url"))
	if !ours || avatar.field("filename") != "avatars/"+kept || avatar.field("success") != "true" {
		t.Errorf("%s", avatar.Body)
	}
}

func TestAMessageTakesFilesInBothForms(t *testing.T) {
	w := newWorld(t)
	ada, ben, eve := w.join("ada"), w.join("ben"), w.join("eve")
	c := w.channel(ada, "c", ben)
	one, two := w.sendFile(ada, "one.png", pixel).want(200), w.sendFile(ada, "two.txt", []byte("two")).want(200)
	path := "/api/chat/channels/" + c.ID + "/messages"
	sent := w.call(ada, "POST", path+"/send", map[string]any{"content": "", "attachments": []any{
		map[string]any{"id": one.field("id")},
		map[string]any{"name": "lie.html", "size": 1, "type": "text/html", "url": two.field("file_url")},
	}}).want(201)
	want := fmt.Sprintf(`"attachments":[{"id":"%s","name":"one.png","size":%s,"type":"image/png","url":"%s","thumbnail_url":"%s","width":1,"height":1},`+
		`{"id":"%s","name":"two.txt","size":3,"type":"text/plain","url":"%s"}]`, one.field("id"), one.field("size"), one.field("file_url"),
		one.field("thumbnail_url"), two.field("id"), two.field("file_url"))
	history := w.call(ben, "GET", path, nil).want(200)
	for _, got := range []answered{sent, history} {
		if !strings.Contains(got.Body.String(), want) {
			t.Errorf("%s\nhas not\n%s", got.Body, want)
		}
	}
	w.call(ben, "GET", one.field("file_url"), nil).want(200)
	w.call(ben, "GET", one.field("thumbnail_url"), nil).want(200)
	w.call(eve, "GET", one.field("file_url"), nil).want(404, "FILE_NOT_FOUND")
	w.call(&actor{}, "GET", one.field("file_url"), nil).want(401)
	w.call(ada, "PUT", "/api/chat/messages/"+sent.field("message.id"), `{"content":""}`).want(200)
	w.call(ada, "PUT", "/api/chat/messages/"+sent.field("message.id"), `{"content":"text"}`).want(200)

	for name, refs := range map[string][]any{
		"taken":             {map[string]any{"id": one.field("id")}},
		"of another":        {map[string]any{"id": w.sendFile(ben, "b.txt", []byte("b")).field("id")}},
		"another's address": {map[string]any{"url": w.sendFile(ben, "b.txt", []byte("b")).field("file_url")}},
		"foreign address":   {map[string]any{"name": "x", "url": "https://evil.example/x.png"}},
		"unknown":           {map[string]any{"id": "ffffffffffffffffffffffff"}},
		"nothing":           {map[string]any{}},
		"odd":               {map[string]any{"url": "/api/files/../../etc/passwd"}},
		"twice":             {map[string]any{"id": two.field("id")}, map[string]any{"url": two.field("file_url")}},
		"too many":          make([]any, 11),
	} {
		for i := range refs {
			if refs[i] == nil {
				refs[i] = map[string]any{"id": "x"}
			}
		}
		got := w.call(ada, "POST", path+"/send", map[string]any{"content": "x", "attachments": refs})
		if got.Code != 400 && got.Code != 409 || name == "taken" && got.field("code") != "ATTACHMENT_TAKEN" {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	w.call(ada, "POST", path+"/send", `{"content":""}`).want(400, "CONTENT_REQUIRED")
}

func TestAnUploadGoesToOneMessageAndARetryToTheSame(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := w.channel(ada, "c")
	path := "/api/chat/channels/" + c.ID + "/messages"
	send := func(upload, key string) answered {
		return w.call(ada, "POST", path+"/send", map[string]any{"content": "x", "client_id": key, "attachments": []any{map[string]any{"id": upload}}})
	}
	upload := w.sendFile(ada, "a.txt", []byte("a")).field("id")
	ids := map[string]int{}
	var lock sync.Mutex
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			got := send(upload, fmt.Sprint("key", i%5))
			lock.Lock()
			defer lock.Unlock()
			if got.Code == 201 {
				ids[got.field("message.id")]++
			} else if got.Code != 409 {
				t.Errorf("%d %s", got.Code, got.Body)
			}
		})
	}
	all.Wait()
	if len(ids) != 1 {
		t.Errorf("the messages are %v", ids)
	}
	for _, n := range ids {
		if n != 10 {
			t.Errorf("%d of 10 retries have the message", n)
		}
	}
	other := w.sendFile(ada, "b.txt", []byte("b")).field("id")
	send(other, "mine").want(201)
	send(upload, "mine").want(422, "IDEMPOTENCY_KEY_REUSED")
}

func TestADeletedMessageTakesItsFilesAlong(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := w.channel(ada, "c")
	upload := w.sendFile(ada, "a.png", pixel)
	sent := w.call(ada, "POST", "/api/chat/channels/"+c.ID+"/messages/send",
		map[string]any{"content": "x", "attachments": []any{map[string]any{"id": upload.field("id")}}}).want(201)
	w.call(ada, "DELETE", "/api/chat/messages/"+sent.field("message.id"), nil).want(200)
	w.call(ada, "GET", upload.field("file_url"), nil).want(404, "FILE_NOT_FOUND")
	w.call(ada, "GET", upload.field("thumbnail_url"), nil).want(404, "FILE_NOT_FOUND")
	must(t, w.Files.Sweep(t.Context()))
	if n := w.stored(); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

func TestOnesUploadIsRemovedUnlessAMessageHasIt(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	upload := w.sendFile(ada, "a.txt", []byte("a"))
	w.call(ben, "GET", upload.field("file_url"), nil).want(404, "FILE_NOT_FOUND")
	w.call(ben, "DELETE", upload.field("file_url"), nil).want(404, "FILE_NOT_FOUND")
	w.call(ada, "DELETE", upload.field("file_url"), nil).want(200)
	w.call(ada, "GET", upload.field("file_url"), nil).want(404, "FILE_NOT_FOUND")
	w.call(ada, "DELETE", upload.field("file_url"), nil).want(404, "FILE_NOT_FOUND")
}

func TestAFileIsServedSoThatNothingInItActs(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	for name, c := range map[string]struct{ content, mediaType, disposition string }{
		"x.svg":      {`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "image/svg+xml", "attachment"},
		"y.svg":      {`<svg onload=alert(1)>`, "image/svg+xml", "attachment"},
		"page.txt":   {"<!DOCTYPE html><script>alert(1)</script>", "text/plain", "attachment"},
		"page.md":    {"<script>alert(1)</script>", "text/markdown", "attachment"},
		"a.csv":      {"=cmd()|x,1\n", "text/csv", "attachment"},
		"poly.gif":   {"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;<script>alert(1)</script>", "image/gif", "inline"},
		"poly.pdf":   {"%PDF-1.7\n<script>alert(1)</script>", "application/pdf", "attachment"},
		"pixel.png":  {string(pixel), "image/png", "inline"},
		"Zürich.txt": {"x", "text/plain", "attachment"},
	} {
		got := w.call(ada, "GET", w.sendFile(ada, name, []byte(c.content)).want(200).field("file_url"), nil).want(200)
		h := got.Header()
		if h.Get("Content-Type") != c.mediaType || !strings.HasPrefix(h.Get("Content-Disposition"), c.disposition+`; filename="`) ||
			h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasSuffix(h.Get("Content-Security-Policy"), "; sandbox") ||
			h.Get("Cache-Control") != "private, no-cache" || h.Get("ETag") == "" || h.Get("Accept-Ranges") != "bytes" {
			t.Errorf("%s: %v", name, h)
		}
		if name == "poly.gif" && strings.Contains(got.Body.String(), "script") {
			t.Errorf("%s keeps what follows its end", name)
		}
		if name == "Zürich.txt" && !strings.HasSuffix(h.Get("Content-Disposition"), `filename="Z_rich.txt"; filename*=UTF-8''Z%C3%BCrich.txt`) {
			t.Error(h.Get("Content-Disposition"))
		}
	}
}

func TestAPDFIsFramedByOwnPagesAlone(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	path := w.sendFile(ada, "a.pdf", []byte("%PDF-1.7\n")).want(200).field("file_url")
	h := w.call(ada, "GET", path+"?view=1", nil).want(200).Header()
	if !strings.HasPrefix(h.Get("Content-Disposition"), "inline;") || h.Get("X-Frame-Options") != "SAMEORIGIN" || h.Get("Content-Type") != "application/pdf" ||
		!strings.HasSuffix(h.Get("Content-Security-Policy"), "; frame-ancestors 'self'") || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", h)
	}
	for _, other := range []string{"a.svg", "a.txt"} {
		path := w.sendFile(ada, other, []byte("<svg onload=alert(1)>")).want(200).field("file_url")
		h := w.call(ada, "GET", path+"?view=1", nil).want(200).Header()
		if !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") || !strings.HasSuffix(h.Get("Content-Security-Policy"), "; sandbox") {
			t.Errorf("%s: %v", other, h)
		}
	}
}

func TestPartsOfAFileAndWhatHasNotChanged(t *testing.T) {
	w := newWorld(t)
	ada, ben := w.join("ada"), w.join("ben")
	path := w.sendFile(ada, "a.txt", []byte("0123456789")).field("file_url")
	get := func(a *actor, header, value string) answered {
		r := request(a, "GET", path, nil)
		r.Header.Set(header, value)
		return w.do(r)
	}
	if got := get(ada, "Range", "bytes=2-4").want(206); got.Body.String() != "234" || got.Header().Get("Content-Range") != "bytes 2-4/10" {
		t.Errorf("%s, %v", got.Body, got.Header())
	}
	if got := get(ada, "Range", "bytes=-3").want(206); got.Body.String() != "789" {
		t.Errorf("%s", got.Body)
	}
	if got := get(ada, "Range", "bytes=20-").Code; got != 416 {
		t.Errorf("%d", got)
	}
	if got := get(ada, "Range", "bytes="+strings.Repeat("0-9,", 1000)+"0-9"); got.Body.Len() > 1000 {
		t.Errorf("many parts give %d bytes", got.Body.Len())
	}
	tag := w.call(ada, "GET", path, nil).want(200).Header().Get("ETag")
	get(ada, "If-None-Match", tag).want(304)
	get(ben, "If-None-Match", tag).want(404, "FILE_NOT_FOUND")
	if got := w.call(ada, "HEAD", path, nil).want(200); got.Header().Get("Content-Length") != "10" {
		t.Errorf("%v", got.Header())
	}
}

func TestFormsThatAreNotOneFileAreRefusedAndLeaveNothing(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	part := func(field, name, content string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"" + name + "\"\r\n\r\n" + content + "\r\n"
	}
	value := "--x\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nv\r\n"
	for name, c := range map[string]struct {
		body, mediaType string
		status          int
	}{
		"no form":          {"hello", "text/plain", 400},
		"no boundary":      {part("file", "a.txt", "x") + "--x--", "multipart/form-data", 400},
		"another boundary": {part("file", "a.txt", "x") + "--x--", "multipart/form-data; boundary=y", 400},
		"nothing":          {"", "multipart/form-data; boundary=x", 400},
		"no file":          {value + "--x--\r\n", "multipart/form-data; boundary=x", 400},
		"two files":        {part("file", "a.txt", "x") + part("file", "b.txt", "y") + "--x--\r\n", "multipart/form-data; boundary=x", 400},
		"another field":    {part("picture", "a.txt", "x") + "--x--\r\n", "multipart/form-data; boundary=x", 400},
		"10,000 parts":     {strings.Repeat(value, 10_000) + part("file", "a.txt", "x") + "--x--\r\n", "multipart/form-data; boundary=x", 400},
		"parts after it":   {part("file", "a.txt", "x") + strings.Repeat(value, 10_000) + "--x--\r\n", "multipart/form-data; boundary=x", 400},
		"a huge header":    {"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + strings.Repeat("n", 20<<20) + "\"\r\n\r\nx\r\n--x--", "multipart/form-data; boundary=x", 400},
		"cut":              {part("file", "a.txt", strings.Repeat("x", 10_000))[:5_000], "multipart/form-data; boundary=x", 400},
		"cut after it":     {part("file", "a.txt", "x") + value[:20], "multipart/form-data; boundary=x", 400},
		"too large":        {part("file", "a.txt", strings.Repeat("x", doortest.MaxFile+1)) + "--x--\r\n", "multipart/form-data; boundary=x", 413},
		"beyond the body":  {part("file", "a.txt", strings.Repeat("x", doortest.MaxFile+web1MiB)) + "--x--\r\n", "multipart/form-data; boundary=x", 413},
	} {
		if got := w.upload(ada, "/api/upload/message-file", strings.NewReader(c.body), c.mediaType); got.Code != c.status {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	must(t, w.Files.Sweep(t.Context()))
	if n := w.stored(); n != 0 {
		t.Errorf("%d files are left", n)
	}
	if usage, err := w.store.UploadUsage(t.Context(), ada.ID); err != nil || usage.Pending != 0 {
		t.Errorf("%+v, %v", usage, err)
	}
}

const web1MiB = 1 << 20

// counted is a body without end, or with the end of a connection that is cut.
type counted struct{ read int64 }

func (c *counted) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	c.read += int64(len(p))
	return len(p), nil
}

func TestABodyWithoutEndIsNotReadToIt(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	body := &counted{}
	head := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n"
	w.upload(ada, "/api/upload/message-file", io.MultiReader(strings.NewReader(head), body), "multipart/form-data; boundary=x").want(413, "FILE_TOO_LARGE")
	if body.read > doortest.MaxFile+web1MiB {
		t.Errorf("%d bytes were read", body.read)
	}
	r := request(ada, "POST", "/api/upload/message-file", nil)
	r.Body, r.ContentLength = io.NopCloser(body), 500<<20
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	body.read = 0
	w.do(r).want(413, "FILE_TOO_LARGE")
	if body.read != 0 {
		t.Errorf("%d bytes were read of a body that says it is too large", body.read)
	}
}

// serve puts the world on a real server with short deadlines of its own.
func (w *world) serve(timeout time.Duration) *httptest.Server {
	server := httptest.NewUnstartedServer(w.handler)
	server.Config.ReadTimeout, server.Config.WriteTimeout = timeout, timeout
	server.Start()
	w.t.Cleanup(server.Close)
	return server
}

func TestAConnectionThatIsCutLeavesNothing(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	server := w.serve(30 * time.Second)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	must(t, err)
	_, err = fmt.Fprintf(conn, "POST /api/upload/message-file HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: 1000000\r\n"+
		"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n%s",
		server.Listener.Addr(), ada.token, strings.Repeat("x", 100_000))
	must(t, err)
	time.Sleep(50 * time.Millisecond) // the file is under way
	must(t, conn.Close())
	server.Close() // waits for the request
	if n := w.stored(); n != 0 {
		t.Errorf("%d files are left", n)
	}
	if usage, err := w.store.UploadUsage(t.Context(), ada.ID); err != nil || usage != (chat.Usage{}) {
		t.Errorf("%+v, %v", usage, err)
	}
}

// slow gives its content little by little.
type slow struct {
	io.Reader
	wait time.Duration
}

func (s slow) Read(p []byte) (int, error) {
	time.Sleep(s.wait)
	return s.Reader.Read(p[:min(len(p), 40<<10)])
}

// A phone that sends for longer than the server's deadline for a request is heard to the end.
func TestASlowUploadIsTakenForAsLongAsSomethingComes(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	server := w.serve(300 * time.Millisecond)
	body, mediaType := form(t, "file", "a.txt", bytes.Repeat([]byte("x"), 400<<10))
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/api/upload/message-file", slow{body, 100 * time.Millisecond})
	must(t, err)
	r.Header.Set("Content-Type", mediaType)
	r.Header.Set("Authorization", "Bearer "+ada.token)
	begun := time.Now()
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	if answer.StatusCode != 200 || time.Since(begun) < 600*time.Millisecond {
		t.Errorf("%d %s after %s", answer.StatusCode, text, time.Since(begun))
	}
}

func TestASlowReaderGetsAFileToItsEnd(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	const size = 24 << 20 // more than the buffers of a connection hold
	path := w.sendFile(ada, "a.txt", bytes.Repeat([]byte("x"), size)).want(200).field("file_url")
	server := w.serve(300 * time.Millisecond)
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+path, nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+ada.token)
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer answer.Body.Close()
	time.Sleep(700 * time.Millisecond)
	if n, err := io.Copy(io.Discard, answer.Body); err != nil || n != size {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestAStreamTellsOfFiles(t *testing.T) {
	w := newWorld(t)
	ada := w.join("ada")
	c := w.channel(ada, "c")
	upload := w.sendFile(ada, "a.png", pixel)
	m, err := w.chat.PostMessage(t.Context(), ada.User, c.ID, chat.Draft{Attachments: []chat.AttachmentRef{{ID: upload.field("id")}}})
	must(t, err)
	text := string(full(chat.MessagePosted{Message: m, Author: ada.User}))
	if !strings.Contains(text, `"attachments":[{"id":"`+upload.field("id")) {
		t.Errorf("%s", text)
	}
	m.Attachments = nil
	if text := string(full(chat.MessagePosted{Message: m, Author: ada.User})); !strings.Contains(text, `"attachments":[]`) {
		t.Errorf("%s", text)
	}
}
