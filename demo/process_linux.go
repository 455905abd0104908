package demo

import "syscall"

// dieWithParent has the child killed when its parent dies, should it not notice.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
