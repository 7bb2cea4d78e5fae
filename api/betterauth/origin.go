package betterauth

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"pegasus/fault"
)

var (
	errOrigin     = fault.New(fault.Forbidden, "INVALID_ORIGIN", "Invalid origin")
	errNoOrigin   = fault.New(fault.Forbidden, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin")
	errNavigation = fault.New(fault.Forbidden, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED", "Cross-site navigation login blocked.")

	errCallback        = fault.New(fault.Forbidden, "INVALID_CALLBACK_URL", "Invalid callbackURL")
	errRedirect        = fault.New(fault.Forbidden, "INVALID_REDIRECT_URL", "Invalid redirectURL")
	errErrorCallback   = fault.New(fault.Forbidden, "INVALID_ERROR_CALLBACK_URL", "Invalid errorCallbackURL")
	errNewUserCallback = fault.New(fault.Forbidden, "INVALID_NEW_USER_CALLBACK_URL", "Invalid newUserCallbackURL")
)

// CheckOrigin refuses changes that another site's page makes a browser send, also without a cookie: to be signed in
// unawares to somebody else's account is an attack as well.
func (d *Door) CheckOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A provider may send its answer as a form; that only leads to the GET of the same address.
		if err := d.checkOrigin(r); err != nil && !strings.HasPrefix(r.URL.Path, callbackPath) {
			d.Refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (d *Door) checkOrigin(r *http.Request) error {
	h := r.Header
	site, mode, dest := h.Get("Sec-Fetch-Site"), h.Get("Sec-Fetch-Mode"), h.Get("Sec-Fetch-Dest")
	cookies, browser := h.Get("Cookie") != "", site != "" || mode != "" || dest != ""
	if !cookies && site == "cross-site" && mode == "navigate" {
		return errNavigation
	}
	origin := h.Get("Origin")
	if origin == "" {
		origin = refererOrigin(h.Get("Referer"))
	}
	if origin == "" || origin == "null" {
		bearer := strings.HasPrefix(strings.ToLower(h.Get("Authorization")), "bearer ")
		if origin == "null" || browser || cookies && !bearer {
			return errNoOrigin
		}
		return nil
	}
	if site == "cross-site" && !slices.Contains(d.Origins, origin) || !d.trusted(r, origin) {
		return errOrigin
	}
	return nil
}

func refererOrigin(referer string) string {
	u, err := url.Parse(referer)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// trusted reports whether a page of the origin may send changes: it is of the host that the request names, or listed.
func (d *Door) trusted(r *http.Request, origin string) bool {
	if slices.Contains(d.Origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.User == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host == r.Host
}

// localPath is one of our own pages, as the protocol writes it.
var localPath = regexp.MustCompile(`^/[\w\-.+/@]*(?:\?[\w\-.+/=&%@]*)?$`)

// checkTarget lets a client go on to one of our own pages or to a trusted origin only, else it is the refusal: after a
// sign-in people trust where they land. The host of the request counts for nothing here, since links in mails carry these.
func (d *Door) checkTarget(target string, refusal error) error {
	switch {
	case target == "":
		return nil
	case strings.HasPrefix(target, "/"):
		if !strings.HasPrefix(target, "//") && localPath.MatchString(target) {
			return nil
		}
		return refusal
	}
	u, err := url.Parse(target)
	if err != nil || u.User != nil || strings.ContainsAny(target, "\\ ") || !slices.Contains(d.Origins, u.Scheme+"://"+u.Host) {
		return refusal
	}
	return nil
}

// checkTargets checks the three places that a sign-in by another page can lead to.
func (d *Door) checkTargets(callback, newUser, failed string) error {
	if err := d.checkTarget(callback, errCallback); err != nil {
		return err
	}
	if err := d.checkTarget(newUser, errNewUserCallback); err != nil {
		return err
	}
	return d.checkTarget(failed, errErrorCallback)
}
