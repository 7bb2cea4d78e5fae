package betterauth

import (
	"net/http"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/web"
)

// Account is a way in that is linked to oneself.
type Account struct {
	ID         string   `json:"id"`
	Provider   string   `json:"provider" doc:"As providerId, for old clients"`
	ProviderID string   `json:"providerId" doc:"github, google, oidc, or credential for the password"`
	AccountID  string   `json:"accountId" doc:"The provider's own name for the account"`
	UserID     string   `json:"userId"`
	CreatedAt  string   `json:"createdAt" format:"date-time"`
	UpdatedAt  string   `json:"updatedAt" format:"date-time"`
	Scopes     []string `json:"scopes" nullable:"false"`
}

// credential is the provider under which a password goes.
const credential = "credential"

// ListAccounts lists what is linked to oneself, the password first. That one has the id of its person.
func (d *Door) ListAccounts(_ http.ResponseWriter, r *http.Request, _ None) ([]Account, error) {
	u, out := me(r).User, []Account{}
	has, err := d.Accounts.HasPassword(r.Context(), u.ID)
	if err != nil {
		return nil, err
	}
	if has {
		out = append(out, Account{
			ID: u.ID, Provider: credential, ProviderID: credential, AccountID: u.ID, UserID: u.ID,
			CreatedAt: web.Time(u.CreatedAt), UpdatedAt: web.Time(u.CreatedAt), Scopes: []string{},
		})
	}
	linked, err := d.Accounts.ProviderAccounts(r.Context(), u.ID)
	for _, a := range linked {
		out = append(out, Account{
			ID: a.ID, Provider: a.Provider, ProviderID: a.Provider, AccountID: a.Subject, UserID: a.UserID,
			CreatedAt: web.Time(a.CreatedAt), UpdatedAt: web.Time(a.UpdatedAt), Scopes: append([]string{}, a.Scopes...),
		})
	}
	return out, err
}

// UnlinkRequest names a link: by provider, as release 1.2 has it, or by the id of the link.
type UnlinkRequest struct {
	ProviderID string `json:"providerId,omitempty"`
	AccountID  string `json:"accountId,omitempty" doc:"With providerId the provider's own name for the account, else the id of the link"`
}

// Unlink removes a way in, unless it is the last.
func (d *Door) Unlink(_ http.ResponseWriter, r *http.Request, in UnlinkRequest) (Status, error) {
	c := me(r)
	if in.ProviderID == "" && in.AccountID == "" {
		return Status{}, fault.Field("accountId", "VALIDATION_ERROR", "[body.accountId] Invalid input: expected string, received undefined")
	}
	if in.ProviderID == "" && in.AccountID == c.User.ID {
		in = UnlinkRequest{ProviderID: credential}
	}
	return Status{Status: true}, d.Accounts.UnlinkProvider(r.Context(), c.User, c.Session, func(a accounts.ProviderAccount) bool {
		switch {
		case in.ProviderID == "":
			return a.ID == in.AccountID
		case in.ProviderID == credential:
			return a.Provider == credential
		}
		return a.Provider == in.ProviderID && (in.AccountID == "" || a.Subject == in.AccountID)
	})
}
