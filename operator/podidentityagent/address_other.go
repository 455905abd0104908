//go:build !linux

package podidentityagent

import (
	"errors"
	"net/netip"
)

// Assign is not possible: agents run on Linux nodes.
func Assign(string, []netip.Addr) error {
	return errors.New("addresses are given to interfaces on Linux only")
}
