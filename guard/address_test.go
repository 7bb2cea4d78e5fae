package guard

import (
	"net/netip"
	"testing"
)

func TestOnlyPublicAddressesArePublic(t *testing.T) {
	for _, good := range []string{
		"1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "223.255.255.255",
		"2606:4700::1111", "2a00:1450:4001::200e", "2001:200::1", "2003::1", "::ffff:8.8.8.8",
	} {
		if !Public(netip.MustParseAddr(good)) {
			t.Errorf("%s is refused", good)
		}
	}
	for _, bad := range []string{
		// This machine and no address at all.
		"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:0.0.0.0",
		// Private and shared networks.
		"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "::ffff:10.0.0.1", "100.64.0.1", "100.127.255.255",
		"fc00::1", "fd12:3456::1", "fec0::1", "192.0.0.1",
		// Link-local, with the metadata services of clouds.
		"169.254.169.254", "169.254.170.2", "::ffff:169.254.169.254", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0",
		"fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "::ffff:168.63.129.16",
		// IPv4 inside IPv6: SIIT, NAT64, 6to4, Teredo, compatible.
		"::ffff:0:169.254.169.254", "::ffff:0:a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::a00:1", "2002:7f00:1::",
		"2002:a00:1::1", "2001::1", "2001:0:53aa:64c::1", "::a9fe:a9fe",
		// Multicast, broadcast, documentation, benchmarks, reserved.
		"224.0.0.1", "239.255.255.255", "255.255.255.255", "240.0.0.1", "ff02::1", "ff0e::1", "192.0.2.1", "198.51.100.1",
		"203.0.113.1", "198.18.0.1", "198.19.255.255", "2001:db8::1", "3fff::1", "100::1", "5f00::1", "4000::1", "192.88.99.1",
		"2001:10::1", "2001:1ff:ffff::1",
	} {
		if Public(netip.MustParseAddr(bad)) {
			t.Errorf("%s is taken for public", bad)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("no address is taken for public")
	}
}

func TestAnAddressOfThisMachineIsOurs(t *testing.T) {
	if !ours(netip.MustParseAddr("127.0.0.1")) || !ours(netip.MustParseAddr("::ffff:127.0.0.1")) {
		t.Error("the loopback address is not known as ours")
	}
	if ours(netip.MustParseAddr("8.8.8.8")) {
		t.Error("a foreign address counts as ours")
	}
}
