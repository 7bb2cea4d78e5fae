package unfurl

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"pegasus/fault"
	"pegasus/guard"
)

// Limits of pictures that bots are shown under.
const (
	maxIconURL   = 500             // bytes
	maxIcon      = 1 << 20         // bytes as the other server has it
	iconTimeout  = 5 * time.Second // for one of them
	maxIcons     = 100             // are remembered, of some 100 KiB at most
	iconsAtOnce  = 4               // are fetched
	iconsPath    = "/icons/"
	iconMACBytes = 16
)

// Icons fetches pictures of other servers in place of the browser, which never asks those. It fetches no address but those that
// it has made a path for, and is safe for concurrent use. A nil Icons has none.
type Icons struct {
	client *http.Client
	key    []byte
	remake func(ctx context.Context, picture []byte) ([]byte, error)
	icons  *memory[[]byte]
	slots  chan struct{}
}

// NewIcons returns Icons with a client of guard.NewClient. key proves paths; remake makes a small PNG of what was fetched.
func NewIcons(client *http.Client, key []byte, now func() time.Time, remake func(context.Context, []byte) ([]byte, error)) *Icons {
	return &Icons{client: client, key: key, remake: remake, icons: newMemory[[]byte](now, maxIcons), slots: make(chan struct{}, iconsAtOnce)}
}

var errNoIcon = fault.New(fault.NotFound, "ICON_NOT_FOUND", "There is no such picture.")

// Path returns where pages show the picture at an address, "" where it is no address of the web.
func (i *Icons) Path(address string) string {
	address = strings.TrimSpace(address)
	if i == nil || len(address) > maxIconURL || !isWeb(address) {
		return ""
	}
	return iconsPath + i.mac(address) + "/" + base64.RawURLEncoding.EncodeToString([]byte(address))
}

func (i *Icons) mac(address string) string {
	mac := hmac.New(sha256.New, i.key)
	mac.Write([]byte(address))
	return hex.EncodeToString(mac.Sum(nil)[:iconMACBytes])
}

// Open returns the picture of a path, by the two parts that follow /icons/, as a PNG. Whatever keeps it from being had is
// ICON_NOT_FOUND.
func (i *Icons) Open(ctx context.Context, mac, encoded string) ([]byte, error) {
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	address := string(decoded)
	if err != nil || i == nil || !hmac.Equal([]byte(mac), []byte(i.mac(address))) {
		return nil, errNoIcon
	}
	if k, there := i.icons.recall(address); there {
		return k.value, k.err
	}
	select {
	case i.slots <- struct{}{}:
		defer func() { <-i.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	// While this one waited another may have fetched it.
	return i.icons.of(ctx, address, func() ([]byte, error) { return i.fetch(ctx, address) })
}

func (i *Icons) fetch(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, iconTimeout)
	defer cancel()
	picture, _, err := guard.Fetch(ctx, i.client, address, maxIcon)
	if err == nil {
		picture, err = i.remake(ctx, picture)
	}
	if err != nil {
		return nil, errNoIcon
	}
	return picture, nil
}
