package notify_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"pegasus/accounts"
	"pegasus/chat"
	"pegasus/fault"
	"pegasus/notify"
)

// maker stands in for the server of a browser's maker, and for the browser behind it.
type maker struct {
	*httptest.Server
	t      *testing.T
	key    *ecdh.PrivateKey
	auth   []byte
	public string // of the server that pushes

	mu     sync.Mutex
	pushed []notify.Pushed
	topics []string
	answer func(w http.ResponseWriter) // nil to take what comes
}

func newMaker(t *testing.T) *maker {
	m := &maker{t: t, auth: make([]byte, 16)}
	m.key, _ = ecdh.P256().GenerateKey(rand.Reader)
	rand.Read(m.auth)
	m.Server = httptest.NewTLSServer(m)
	t.Cleanup(m.Close)
	return m
}

func text64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func bytes64(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	must(t, err)
	return b
}

func (m *maker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.answer != nil {
		m.answer(w)
		return
	}
	m.checkSender(r)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		m.t.Error(err)
	}
	var news notify.Pushed
	if err := json.Unmarshal(m.open(body), &news); err != nil {
		m.t.Error("what was pushed is not JSON: ", err)
	}
	m.pushed, m.topics = append(m.pushed, news), append(m.topics, r.Header.Get("Topic"))
	w.WriteHeader(http.StatusCreated)
}

// checkSender reads the proof of who pushes, as RFC 8292 has it.
func (m *maker) checkSender(r *http.Request) {
	proof, key, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "vapid t="), ", k=")
	if key != m.public {
		m.t.Errorf("pushed under the key %s", key)
	}
	point := bytes64(m.t, key)
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	must(m.t, err)
	var claims jwt.RegisteredClaims
	_, err = jwt.ParseWithClaims(proof, &claims, func(*jwt.Token) (any, error) { return public, nil }, jwt.WithValidMethods([]string{"ES256"}))
	if err != nil || claims.Audience[0] != m.URL || claims.Subject != "https://chat.test" || time.Until(claims.ExpiresAt.Time) > 24*time.Hour {
		m.t.Errorf("the proof of the sender is wrong: %v %+v", err, claims)
	}
	if r.Header.Get("TTL") != "86400" || r.Header.Get("Content-Encoding") != "aes128gcm" {
		m.t.Errorf("the headers are %v", r.Header)
	}
}

// open decrypts what was pushed, as RFC 8291 has it.
func (m *maker) open(body []byte) []byte {
	salt, size, sender := body[:16], binary.BigEndian.Uint32(body[16:20]), body[21:21+int(body[20])]
	if int(size) != len(body) {
		m.t.Errorf("%d bytes were pushed in a record of %d", len(body), size)
	}
	theirs, err := ecdh.P256().NewPublicKey(sender)
	must(m.t, err)
	shared, err := m.key.ECDH(theirs)
	must(m.t, err)
	derive := func(secret, salt []byte, info string, n int) []byte {
		key, err := hkdf.Key(sha256.New, secret, salt, info, n)
		must(m.t, err)
		return key
	}
	ikm := derive(shared, m.auth, "WebPush: info\x00"+string(m.key.PublicKey().Bytes())+string(sender), 32)
	block, err := aes.NewCipher(derive(ikm, salt, "Content-Encoding: aes128gcm\x00", 16))
	must(m.t, err)
	aead, err := cipher.NewGCM(block)
	must(m.t, err)
	plain, err := aead.Open(nil, derive(ikm, salt, "Content-Encoding: nonce\x00", 12), body[21+len(sender):], nil)
	must(m.t, err)
	return []byte(strings.TrimRight(string(plain), "\x00")[:strings.LastIndexByte(string(plain), 2)])
}

// took returns what has come since it was last asked.
func (m *maker) took() []notify.Pushed {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.pushed
	m.pushed = nil
	return taken
}

func (m *maker) answers(status int, headers ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answer = func(w http.ResponseWriter) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
	}
}

func (m *maker) takes() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answer = nil
}

// browser subscribes a browser of a person.
func (m *maker) browser(w *world, session accounts.Session, name string) notify.Browser {
	m.t.Helper()
	m.public = w.notify.PublicKey()
	b, err := w.notify.Subscribe(m.t.Context(), session, m.URL+"/"+name, text64(m.key.PublicKey().Bytes()), text64(m.auth))
	must(m.t, err)
	return b
}

func TestWhoIsAwayIsPushedAMessageOnceInEachBrowser(t *testing.T) {
	w, m := newWorld(t), newMaker(t)
	w.client(m.Client())
	m.browser(w, w.session(w.ben), "one")
	m.browser(w, w.session(w.ben), "two")
	w.post(w.ada, "hello @ben, **lunch**?")
	w.work()
	got := m.took()
	if len(got) != 2 {
		t.Fatalf("pushed %d times", len(got))
	}
	for _, p := range got {
		if p.Title != "ada in lobby" || p.Body != "hello @ben, **lunch**?" || !strings.HasPrefix(p.URL, "/chat/"+w.channel.ID+"?around=") || p.ChannelID != w.channel.ID {
			t.Errorf("pushed %+v", p)
		}
	}
	if m.topics[0] != w.channel.ID {
		t.Errorf("the topic is %q", m.topics[0])
	}
	list, err := w.notify.Browsers(t.Context(), w.ben.ID)
	must(t, err)
	if len(list) != 2 || list[0].UsedAt.IsZero() {
		t.Errorf("the browsers are %+v", list)
	}
	w.later(time.Hour)
	w.work()
	if again := m.took(); len(again) != 0 {
		t.Errorf("pushed again: %v", again)
	}
}

func TestNothingIsPushedToWhoSitsInFrontOfAPage(t *testing.T) {
	w, m := newWorld(t), newMaker(t)
	w.client(m.Client())
	m.browser(w, w.session(w.ben), "one")
	w.connect(w.ben)
	w.chat.Acted(w.ben.ID, true)
	w.post(w.ada, "@ben here?")
	w.work()
	if got := m.took(); len(got) != 0 {
		t.Errorf("pushed to who is there: %v", got)
	}
	w.later(10 * time.Minute) // an open page in front of which nobody sits
	w.post(w.ada, "@ben still here?")
	w.work()
	if got := m.took(); len(got) != 1 {
		t.Errorf("pushed %d times to who has left the page open", len(got))
	}
	w.chat.Acted(w.ben.ID, true)
	w.chat.Acted(w.ben.ID, false)
	w.post(w.ada, "@ben bye")
	w.work()
	if got := m.took(); len(got) != 1 {
		t.Errorf("pushed %d times to who turned away", len(got))
	}
}

func TestWhatAPersonChoseHoldsForWhatIsPushed(t *testing.T) {
	w, m := newWorld(t), newMaker(t)
	w.client(m.Client())
	m.browser(w, w.session(w.ben), "one")
	pushed := func(p chat.Preferences, text string) int {
		t.Helper()
		_, err := w.chat.SetPreferences(t.Context(), w.ben, p)
		must(t, err)
		w.post(w.ada, text)
		w.work()
		return len(m.took())
	}
	if n := pushed(chat.Preferences{}, "nothing about anybody"); n != 0 {
		t.Error("pushed what concerns nobody")
	}
	if n := pushed(chat.Preferences{Quiet: chat.Quiet{Days: 127, From: 0, To: 0}}, "@ben in quiet hours"); n != 0 {
		t.Error("pushed in quiet hours")
	}
	if n := pushed(chat.Preferences{PausedUntil: w.now().Add(time.Hour)}, "@ben in a pause"); n != 0 {
		t.Error("pushed in a pause")
	}
	if n := pushed(chat.Preferences{Level: chat.LevelNothing}, "@ben nothing wanted"); n != 0 {
		t.Error("pushed to who wants nothing")
	}
	must(t, w.chat.SetChannelNotify(t.Context(), w.ben, w.channel.ID, chat.LevelDefault, true))
	if n := pushed(chat.Preferences{Keywords: []string{"tea"}}, "tea?"); n != 0 {
		t.Error("pushed from a muted channel")
	}
	must(t, w.chat.SetChannelNotify(t.Context(), w.ben, w.channel.ID, chat.LevelAll, false))
	if n := pushed(chat.Preferences{}, "anything"); n != 1 {
		t.Errorf("pushed %d times what is wanted", n)
	}
	_, err := w.chat.SetPreferences(t.Context(), w.ben, chat.Preferences{HideContent: true})
	must(t, err)
	w.post(w.ada, "secret plans")
	w.work()
	if got := m.took(); len(got) != 1 || got[0].Body != "" || got[0].Title != "ada in lobby" {
		t.Errorf("with hidden text came %+v", got)
	}
}

func TestNothingIsPushedOfWhatWasReadOrDeletedMeanwhile(t *testing.T) {
	w, m := newWorld(t), newMaker(t)
	w.client(m.Client())
	m.browser(w, w.session(w.ben), "one")
	read := w.post(w.ada, "@ben read")
	_, err := w.chat.MarkRead(t.Context(), w.ben, w.channel.ID, read.Seq)
	must(t, err)
	gone := w.post(w.ada, "@ben gone")
	must(t, w.chat.DeleteMessage(t.Context(), w.ada, gone.ID))
	w.work()
	if got := m.took(); len(got) != 0 {
		t.Errorf("pushed %+v", got)
	}
	w.post(w.ada, "@ben removed before it comes")
	must(t, w.chat.RemoveMember(t.Context(), w.ada, w.channel.ID, w.ben.ID))
	w.work()
	if got := m.took(); len(got) != 0 {
		t.Errorf("pushed to who is not in the channel any more: %+v", got)
	}
}

func TestABrowserThatItsMakerDoesNotKnowAnyMoreIsForgotten(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusGone, http.StatusForbidden} {
		w, m := newWorld(t), newMaker(t)
		w.client(m.Client())
		m.browser(w, w.session(w.ben), "one")
		m.answers(status)
		w.post(w.ada, "@ben hello")
		w.work()
		if list, err := w.notify.Browsers(t.Context(), w.ben.ID); err != nil || len(list) != 0 {
			t.Errorf("after %d there are %v %v", status, list, err)
		}
	}
}

func TestAMakerThatIsBusyIsAskedAgainWhenItSays(t *testing.T) {
	w, m := newWorld(t), newMaker(t)
	w.client(m.Client())
	m.browser(w, w.session(w.ben), "one")
	m.answers(http.StatusTooManyRequests, "Retry-After", "600")
	w.post(w.ada, "@ben hello")
	w.work()
	m.takes()
	w.later(9 * time.Minute)
	w.work()
	if got := m.took(); len(got) != 0 {
		t.Error("pushed before the maker wants it")
	}
	w.later(2 * time.Minute)
	w.work()
	if got := m.took(); len(got) != 1 {
		t.Errorf("pushed %d times after the pause", len(got))
	}
	m.answers(http.StatusBadGateway)
	w.post(w.ada, "@ben hello again")
	for range 30 {
		w.work()
		w.later(10 * time.Minute)
	}
	m.takes()
	w.work()
	if got := m.took(); len(got) != 0 {
		t.Error("pushed hours after it was of use")
	}
	if list, err := w.notify.Browsers(t.Context(), w.ben.ID); err != nil || len(list) != 1 {
		t.Errorf("a maker that was away cost the browser: %v %v", list, err)
	}
}

func TestABrowserEndsWithItsSessionAndItsPerson(t *testing.T) {
	w, m := newWorld(t), newMaker(t)
	w.client(m.Client())
	first, second := w.session(w.ben), w.session(w.ben)
	m.browser(w, first, "one")
	must(t, w.store.DeleteSession(t.Context(), w.ben.ID, first.ID))
	w.post(w.ada, "@ben hello")
	w.work()
	if got := m.took(); len(got) != 0 {
		t.Error("pushed to a browser that is signed out")
	}
	b := m.browser(w, first, "two")
	w.notify.SessionMoved(t.Context(), w.ben.ID, first.ID, second.ID)
	w.post(w.ada, "@ben hello")
	w.work()
	if got := m.took(); len(got) != 1 {
		t.Errorf("pushed %d times where the session was renewed", len(got))
	}
	if err := w.notify.Unsubscribe(t.Context(), w.ada.ID, b.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody else's browser: %v", err)
	}
	if err := w.notify.Test(t.Context(), w.ada.ID, b.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("a test to somebody else's browser: %v", err)
	}
	must(t, w.notify.Test(t.Context(), w.ben.ID, b.ID))
	if got := m.took(); len(got) != 1 || got[0].Title != "Notifications work" {
		t.Errorf("the test pushed %+v", got)
	}
	w.post(w.ada, "@ben hello")
	_, err := w.store.UpdateUser(t.Context(), w.ben.ID, accounts.UserChange{Ban: &accounts.Ban{Banned: true}}, w.now())
	must(t, err)
	w.work()
	if got := m.took(); len(got) != 0 {
		t.Error("pushed to who is kept out")
	}
}

func TestOnlyWhatABrowserGivesIsTaken(t *testing.T) {
	w, m := newWorld(t), newMaker(t)
	key, auth := text64(m.key.PublicKey().Bytes()), text64(m.auth)
	for name, s := range map[string][3]string{
		"no https":            {"http://push.test/x", key, auth},
		"no address":          {"push", key, auth},
		"a name in it":        {"https://ada:secret@push.test/x", key, auth},
		"too long":            {"https://push.test/" + strings.Repeat("x", 1024), key, auth},
		"no key":              {"https://push.test/x", "", auth},
		"a key off the curve": {"https://push.test/x", text64(make([]byte, 65)), auth},
		"a short secret":      {"https://push.test/x", key, "AAAA"},
	} {
		if _, err := w.notify.Subscribe(t.Context(), w.session(w.ben), s[0], s[1], s[2]); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	session := w.session(w.ben)
	for i := range notify.MaxBrowsers + 2 {
		w.later(time.Second)
		_, err := w.notify.Subscribe(t.Context(), session, "https://push.test/"+strings.Repeat("x", i), key, auth)
		must(t, err)
	}
	if list, err := w.notify.Browsers(t.Context(), w.ben.ID); err != nil || len(list) != notify.MaxBrowsers {
		t.Errorf("%d browsers of one person, %v", len(list), err)
	}
}

func TestAnEndpointInOurNetworkIsNotReached(t *testing.T) {
	w, m := newWorld(t), newMaker(t) // with the client of the product
	m.browser(w, w.session(w.ben), "one")
	list, err := w.notify.Browsers(t.Context(), w.ben.ID)
	must(t, err)
	err = w.notify.Test(t.Context(), w.ben.ID, list[0].ID)
	if !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "/one") {
		t.Errorf("the answer is %v", err)
	}
	if got := m.took(); len(got) != 0 {
		t.Error("it was reached")
	}
}
