package podidentityagent

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/vishvananda/netlink"
)

// Assign gives the node an interface with the addresses, so that packets of its pods to them end
// at the node itself. What is there already stays. It needs the capability NET_ADMIN in the
// node's network namespace.
func Assign(link string, addresses []netip.Addr) error {
	device, err := netlink.LinkByName(link)
	if _, absent := errors.AsType[netlink.LinkNotFoundError](err); absent {
		if err := add(link); err != nil {
			return fmt.Errorf("add interface %s: %w", link, err)
		}
		device, err = netlink.LinkByName(link)
	}
	if err != nil {
		return fmt.Errorf("find interface %s: %w", link, err)
	}
	for _, a := range addresses {
		address := &netlink.Addr{IPNet: netlink.NewIPNet(a.AsSlice())}
		if a.Is6() {
			// No other node is asked whether it has the address: each has.
			address.Flags = syscall.IFA_F_NODAD
		}
		if err := netlink.AddrReplace(device, address); err != nil {
			return fmt.Errorf("give %s to %s: %w", a, link, err)
		}
	}
	if err := netlink.LinkSetUp(device); err != nil {
		return fmt.Errorf("set %s up: %w", link, err)
	}
	return nil
}

// add makes an interface that nothing is behind: a dummy, or a bridge without ports where the
// kernel has no dummies. Nothing is sent by it, because the addresses are local.
func add(link string) error {
	attributes := netlink.NewLinkAttrs()
	attributes.Name = link
	err := netlink.LinkAdd(&netlink.Dummy{LinkAttrs: attributes})
	if errors.Is(err, syscall.EOPNOTSUPP) {
		err = netlink.LinkAdd(&netlink.Bridge{LinkAttrs: attributes})
	}
	if errors.Is(err, syscall.EEXIST) {
		return nil
	}
	return err
}
