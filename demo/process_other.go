//go:build !linux

package demo

import "syscall"

// dieWithParent relies on the end of the child's standard input.
func dieWithParent() *syscall.SysProcAttr { return nil }
