package plugins

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"pegasus/accounts"
	"pegasus/fault"
	"pegasus/plugins/manifest"
)

var (
	errNotAsked = fault.Field("permissions", "PERMISSION_NOT_ASKED", "The plugin does not ask for one of these permissions.")
	errHost     = fault.Field("hosts", "HOST_NOT_ASKED", "The plugin does not ask for one of these hosts.")
	errSetting  = fault.Field("settings", "SETTING_UNKNOWN", "The plugin has no such setting.")
	errNetwork  = fault.New(fault.Forbidden, "NETWORK_FOR_ADMINS", "Only admins of the workspace let a plugin ask other servers.")
)

// readManifest reads the manifest of a version that was built.
func readManifest(text string) (m manifest.Manifest, err error) {
	if err = json.Unmarshal([]byte(text), &m); err != nil {
		err = fmt.Errorf("the manifest of a version that was built cannot be read: %w", err)
	}
	return m, err
}

// checkGrant returns what the actor may grant of what the manifest asks for. Hosts are an admin's to grant; those that stand
// already may stay.
func checkGrant(actor accounts.User, m manifest.Manifest, wanted, stands Grant) (Grant, error) {
	g := Grant{HostsBy: stands.HostsBy}
	for _, p := range wanted.Permissions {
		if !m.Asks(manifest.Permission(p)) {
			return Grant{}, errNotAsked
		}
		if !slices.Contains(g.Permissions, p) {
			g.Permissions = append(g.Permissions, p)
		}
	}
	for _, h := range wanted.Hosts {
		if !slices.Contains(m.Hosts, h) {
			return Grant{}, errHost
		}
		if !slices.Contains(stands.Hosts, h) {
			if !actor.IsAdmin() {
				return Grant{}, errNetwork
			}
			g.HostsBy = actor.ID
		}
		if !slices.Contains(g.Hosts, h) {
			g.Hosts = append(g.Hosts, h)
		}
	}
	if len(g.Hosts) == 0 {
		g.HostsBy = ""
	}
	return g, nil
}

// within returns what is left of a grant under another manifest.
func (g Grant) within(m manifest.Manifest) Grant {
	kept := Grant{HostsBy: g.HostsBy}
	for _, p := range g.Permissions {
		if m.Asks(manifest.Permission(p)) {
			kept.Permissions = append(kept.Permissions, p)
		}
	}
	for _, h := range g.Hosts {
		if slices.Contains(m.Hosts, h) {
			kept.Hosts = append(kept.Hosts, h)
		}
	}
	if len(kept.Hosts) == 0 {
		kept.HostsBy = ""
	}
	return kept
}

// Missing returns what a manifest asks for and a grant does not give.
func (g Grant) Missing(m manifest.Manifest) Grant {
	var missing Grant
	for _, p := range m.Permissions {
		if !slices.Contains(g.Permissions, string(p)) {
			missing.Permissions = append(missing.Permissions, string(p))
		}
	}
	for _, h := range m.Hosts {
		if !slices.Contains(g.Hosts, h) {
			missing.Hosts = append(missing.Hosts, h)
		}
	}
	return missing
}

// takeSettings returns the settings of an install after somebody filled in some of them. One that is not named keeps what it
// has, "" brings back the default, and what the manifest does not have, or what does not fit it any more, goes.
func (s *Service) takeSettings(i Install, m manifest.Manifest, given map[string]string) (map[string]string, error) {
	for key := range given {
		if _, known := m.Setting(key); !known {
			return nil, errSetting
		}
	}
	settings := map[string]string{}
	for _, one := range m.Settings {
		value, filled := given[one.Key]
		stored, stands := i.Settings[one.Key]
		if !filled {
			if stands && s.fits(i, one, stored) {
				settings[one.Key] = stored
			}
			continue
		}
		if _, err := one.Value(value); err != nil {
			return nil, err
		}
		if value == "" {
			continue
		}
		if one.Type == manifest.Secret {
			sealed, err := s.sealSetting(i.ID, one.Key, value)
			if err != nil {
				return nil, err
			}
			value = sealed
		}
		settings[one.Key] = value
	}
	return settings, nil
}

// fits reports whether what is stored of a setting suits it.
func (s *Service) fits(i Install, one manifest.Setting, stored string) bool {
	if one.Type == manifest.Secret {
		_, err := s.openSetting(i.ID, one.Key, stored)
		return err == nil
	}
	_, err := one.Value(stored)
	return err == nil && !strings.HasPrefix(stored, sealedMark)
}

// given returns the settings as a plugin is given them.
func (s *Service) given(i Install, m manifest.Manifest) (map[string]any, error) {
	return settingValues(m, func(one manifest.Setting) (string, error) {
		text := i.Settings[one.Key]
		if text == "" || one.Type != manifest.Secret {
			return text, nil
		}
		return s.openSetting(i.ID, one.Key, text)
	})
}

// settingValues reads what was filled in for each setting, "" for nothing.
func settingValues(m manifest.Manifest, filled func(manifest.Setting) (string, error)) (map[string]any, error) {
	values := map[string]any{}
	for _, one := range m.Settings {
		text, err := filled(one)
		if err != nil {
			return nil, err
		}
		if text == "" && one.Default != nil {
			values[one.Key] = one.Default
			continue
		}
		value, err := one.Value(text)
		if err != nil {
			return nil, err
		}
		if value != nil {
			values[one.Key] = value
		}
	}
	return values, nil
}
