package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/markbates/goth/providers/github"
	"golang.org/x/oauth2"

	"pegasus/accounts"
)

// gitHub speaks to github.com or to a GitHub Enterprise server. It has no ID tokens.
type gitHub struct {
	config          oauth2.Config
	profile, emails string
}

func newGitHub(s Settings, callback string) (*gitHub, error) {
	endpoint := oauth2.Endpoint{AuthURL: github.AuthURL, TokenURL: github.TokenURL, AuthStyle: oauth2.AuthStyleInParams}
	profile, emails := github.ProfileURL, github.EmailURL
	if s.GitHubBaseURL != "" {
		if _, err := address("GITHUB_BASE_URL", s.GitHubBaseURL); err != nil {
			return nil, err
		}
		base := strings.TrimSuffix(s.GitHubBaseURL, "/")
		endpoint.AuthURL, endpoint.TokenURL = base+"/login/oauth/authorize", base+"/login/oauth/access_token"
		profile, emails = base+"/api/v3/user", base+"/api/v3/user/emails"
	}
	return &gitHub{
		config: oauth2.Config{
			ClientID: s.GitHubID, ClientSecret: s.GitHubSecret, Endpoint: endpoint, RedirectURL: callback,
			Scopes: []string{"read:user", "user:email"},
		},
		profile: profile, emails: emails,
	}, nil
}

func (g *gitHub) connect(context.Context) (connection, error) {
	return connection{config: g.config}, nil
}

func (g *gitHub) identity(client *http.Client, c connection, t *oauth2.Token, _ *idToken) (accounts.Identity, error) {
	// Without scopes goth leaves the list of addresses to us: it reads it only where there is no public address, which
	// comes without a word on whether it was verified.
	provider := github.NewCustomisedURL(c.config.ClientID, "", "", c.config.Endpoint.AuthURL, c.config.Endpoint.TokenURL, g.profile, g.emails)
	provider.HTTPClient = client
	user, err := provider.FetchUser(&github.Session{AccessToken: t.AccessToken})
	if err != nil {
		return accounts.Identity{}, err
	}
	if user.UserID == "" || user.UserID == "0" { // goth's for an answer without an id
		return accounts.Identity{}, errors.New("GitHub names no account")
	}
	email, verified, err := g.primary(client, t.AccessToken)
	if err != nil {
		return accounts.Identity{}, err
	}
	name := user.Name
	if name == "" {
		name = user.NickName
	}
	return accounts.Identity{Subject: user.UserID, Email: email, EmailVerified: verified, Name: name, Picture: user.AvatarURL}, nil
}

// primary returns the primary address of an account and whether GitHub has verified it
// (https://docs.github.com/en/rest/users/emails).
func (g *gitHub) primary(client *http.Client, access string) (email string, verified bool, err error) {
	request, err := http.NewRequest(http.MethodGet, g.emails, nil)
	if err != nil {
		return "", false, err
	}
	request.Header.Set("Authorization", "Bearer "+access)
	request.Header.Set("Accept", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		return "", false, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return "", false, fmt.Errorf("the list of addresses answers %s", answer.Status)
	}
	var list []struct {
		Email    string
		Primary  any
		Verified any
	}
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		return "", false, err
	}
	for _, e := range list {
		if e.Primary == true {
			return e.Email, e.Verified == true, nil
		}
	}
	return "", false, nil
}
