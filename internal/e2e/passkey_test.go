package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// before runs a script in every page before its own.
func before(script string) step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return chromedp.Void{}, err
	}
}

// noProposals turns the completion of addresses off, so that the button does it: the authenticator agrees to everything
// at once.
const noProposals = `PublicKeyCredential.isConditionalMediationAvailable = async () => false`

// authenticator gives a tab a built-in authenticator whose owner always agrees.
func authenticator() step {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, target, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return chromedp.Void{}, err
		}
		_, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
			Options: &webauthn.VirtualAuthenticatorOptions{
				Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
				HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
			},
		})
		return chromedp.Void{}, err
	}
}

const registerPasskey = `(async () => {
	const options = await (await fetch("/api/auth/passkey/generate-register-options")).json();
	const made = await navigator.credentials.create({publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options)});
	const answer = await fetch("/api/auth/passkey/verify-registration", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({response: made.toJSON(), name: "test"})});
	return answer.status;
})()`

func TestAPasskeySignsInWithoutAnythingElse(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	p.secondFactor()
	ctx := p.browse(wide, high)
	do(t, ctx, authenticator(), open(s.url+"/chat"), seen("nav"))
	if code := get(t, ctx, chromedp.Evaluate[int](registerPasskey, chromedp.EvalAwaitPromise)); code != 200 {
		t.Fatalf("registering answers %d", code)
	}
	do(t, ctx, before(noProposals),
		press(".meline form button"), seen("#password"))
	do(t, ctx, open(s.url+"/login?returnTo=/users"), press("[data-passkey-sign-in] button"), at("/users"), seen("nav"))
}

func TestAPasskeyIsProposedWhereTheAddressIsTyped(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	ctx := p.browse(wide, high)
	do(t, ctx, authenticator(), open(s.url+"/chat"), seen("nav"))
	if code := get(t, ctx, chromedp.Evaluate[int](registerPasskey, chromedp.EvalAwaitPromise)); code != 200 {
		t.Fatalf("registering answers %d", code)
	}
	do(t, ctx, press(".meline form button"), at("/chat"), seen("nav"))
}

func TestAPasskeyOfNobodyIsRefusedInWords(t *testing.T) {
	t.Parallel()
	s := start(t)
	p := s.signUp(t, "Ada")
	ctx := p.browse(wide, high)
	do(t, ctx, authenticator(), before(noProposals), open(s.url+"/chat"), seen("nav"))
	if code := get(t, ctx, chromedp.Evaluate[int](registerPasskey, chromedp.EvalAwaitPromise)); code != 200 {
		t.Fatalf("registering answers %d", code)
	}
	var mine []struct{ ID string }
	p.must("GET", "/api/auth/passkey/list-user-passkeys", nil, &mine)
	p.must("POST", "/api/auth/passkey/delete-passkey", map[string]string{"id": mine[0].ID}, nil)
	do(t, ctx, press(".meline form button"), seen("#password"), press("[data-passkey-sign-in] button"), seen("[data-passkey-sign-in] [role=alert]"))
}
