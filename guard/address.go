package guard

import (
	"net"
	"net/netip"
	"slices"
)

// The parts of the address space that are not the public internet, or lead back out of it: this machine, private and
// shared networks, link-local addresses with the metadata services of clouds, test and documentation networks, multicast,
// relays, and the one metadata service with a public address (168.63.129.16).
// Sources: https://www.iana.org/assignments/iana-ipv4-special-registry,
// https://www.iana.org/assignments/iana-ipv6-special-registry,
// https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16.
var refused = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
	"192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	// Teredo, ORCHID and the other protocols of 2001::/23, documentation, 6to4.
	"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)

// global is the only part of IPv6 that is handed out for the public internet. All that embeds an IPv4 address outside of it,
// as NAT64 (64:ff9b::/96) and SIIT (::ffff:0:0:0/96) do, is refused by that.
var global = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	found := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		found[i] = netip.MustParsePrefix(text)
	}
	return found
}

// Public reports whether an address belongs to the public internet. An IPv4 address inside an IPv6 one counts as itself.
func Public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if a.Is6() && !global.Contains(a) {
		return false
	}
	return !slices.ContainsFunc(refused, func(p netip.Prefix) bool { return p.Contains(a) })
}

// ours reports whether an address is one of this machine, whose services may trust what comes from it.
func ours(a netip.Addr) bool {
	interfaces, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	for _, at := range interfaces {
		if network, ok := at.(*net.IPNet); ok {
			if own, ok := netip.AddrFromSlice(network.IP); ok && own.Unmap() == a.Unmap() {
				return true
			}
		}
	}
	return false
}
