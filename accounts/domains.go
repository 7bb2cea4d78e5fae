package accounts

import (
	"context"
	"slices"
	"strings"

	"pegasus/fault"
)

// MaxDomains is of how many domains addresses can be that make an account.
const MaxDomains = 50

// cleanDomains brings domains of addresses to the form in which addresses are compared, each once, in order.
func cleanDomains(domains []string) ([]string, error) {
	var clean []string
	for _, domain := range domains {
		domain = strings.TrimPrefix(strings.TrimSpace(domain), "@")
		email, err := CleanEmail("a@" + domain)
		if err != nil {
			return nil, fault.Field("sign_up_domains", "INVALID_DOMAIN", "A domain is what stands behind the @ of an address, such as example.org.")
		}
		clean = append(clean, domainOf(email))
	}
	slices.Sort(clean)
	if clean = slices.Compact(clean); len(clean) > MaxDomains {
		return nil, fault.Field("sign_up_domains", "TOO_MANY_DOMAINS", "There are at most 50 domains.")
	}
	return clean, nil
}

func domainOf(email string) string { return email[strings.LastIndexByte(email, '@')+1:] }

// Welcomes reports whether somebody with an address may make an account by themselves, where sign-up is open at all. A domain
// stands for itself, not for those below it.
func (p Policy) Welcomes(email string) bool {
	return len(p.SignUpDomains) == 0 || slices.Contains(p.SignUpDomains, domainOf(email))
}

// mayJoin refuses who has an address that the policy keeps out: EMAIL_DOMAIN_NOT_ALLOWED. An invitation to that very address
// goes past it, as an admin chose it.
func (s *Service) mayJoin(ctx context.Context, email, invitation string) error {
	p, err := s.Policy(ctx)
	if err != nil || p.Welcomes(email) {
		return err
	}
	if invitation != "" {
		i, err := s.CheckInvitation(ctx, invitation)
		if err != nil || i.Email == email {
			return err
		}
	}
	return &fault.Error{
		Kind: fault.Forbidden, Code: "EMAIL_DOMAIN_NOT_ALLOWED", Field: "email",
		Message: "Accounts here are for addresses of " + strings.Join(p.SignUpDomains, ", ") + ". Ask an admin for an invitation.",
	}
}
