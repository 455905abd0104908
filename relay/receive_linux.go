package relay

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	receiveBatch = 64       // datagrams of one system call
	slotBytes    = 64 << 10 // more than UDP can carry

	memInfoVars  = 9 // counters of SO_MEMINFO
	memInfoDrops = 8 // the one of dropped datagrams
)

// message is struct mmsghdr.
type message struct {
	header unix.Msghdr
	length uint32
}

// receiver reads many datagrams with one recvmmsg into memory that it uses again.
type receiver struct {
	raw      syscall.RawConn
	slots    []byte
	vectors  [receiveBatch]unix.Iovec
	messages [receiveBatch]message

	attempt func(fd uintptr) bool // r.try, made once
	wait    bool
	n       int
	err     error
}

func newReceiver(conn syscall.Conn) (*receiver, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("get raw connection: %w", err)
	}
	r := &receiver{raw: raw, slots: make([]byte, receiveBatch*slotBytes)}
	r.attempt = r.try
	for i := range r.messages {
		r.vectors[i].Base = &r.slots[i*slotBytes]
		r.vectors[i].SetLen(slotBytes)
		r.messages[i].header.Iov = &r.vectors[i]
		r.messages[i].header.SetIovlen(1)
	}
	return r, nil
}

// receive returns how many datagrams there are to be had with datagram. When there
// are none it waits, or returns 0.
func (r *receiver) receive(wait bool) (int, error) {
	r.wait, r.n, r.err = wait, 0, nil
	if err := r.raw.Read(r.attempt); err != nil {
		return 0, fmt.Errorf("recvmmsg: %w", err)
	}
	return r.n, r.err
}

// try reports whether to stop waiting.
func (r *receiver) try(fd uintptr) bool {
	for {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd,
			uintptr(unsafe.Pointer(&r.messages[0])), receiveBatch, unix.MSG_DONTWAIT, 0, 0) //nolint:gosec // the kernel takes an address
		switch errno {
		case 0:
			r.n = int(n)
			return true
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return !r.wait
		}
		r.err = fmt.Errorf("recvmmsg: %w", errno)
		return true
	}
}

// datagram returns the i-th datagram received last. It is valid until the next
// receive.
func (r *receiver) datagram(i int) (b []byte, truncated bool) {
	m := &r.messages[i]
	at := i * slotBytes
	return r.slots[at : at+int(m.length)], m.header.Flags&unix.MSG_TRUNC != 0
}

// drops returns how many datagrams the kernel has dropped because the receive
// buffer was full; ok is false when the socket is closed.
func (r *receiver) drops() (n int64, ok bool) {
	var info [memInfoVars]uint32
	size := uint32(unsafe.Sizeof(info))
	err := r.raw.Control(func(fd uintptr) {
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0) //nolint:gosec // the kernel takes addresses
		ok = errno == 0
	})
	return int64(info[memInfoDrops]), ok && err == nil
}

// growReceiveBuffer asks for a receive buffer of that many bytes, beyond the
// system's limit if the process may, and returns the usable size.
func growReceiveBuffer(raw syscall.RawConn, bytes int) (achieved int, err error) {
	controlErr := raw.Control(func(fd uintptr) {
		s := int(fd) //nolint:gosec // descriptors are small
		if unix.SetsockoptInt(s, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bytes) != nil {
			err = unix.SetsockoptInt(s, unix.SOL_SOCKET, unix.SO_RCVBUF, bytes)
		}
		if err == nil {
			achieved, err = unix.GetsockoptInt(s, unix.SOL_SOCKET, unix.SO_RCVBUF)
		}
	})
	if controlErr != nil {
		err = controlErr
	}
	return achieved / 2, err // the kernel doubles what is asked, for its own needs
}

// sharePort lets several sockets have the same port.
func sharePort(_, _ string, raw syscall.RawConn) (err error) {
	controlErr := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) //nolint:gosec // descriptors are small
	})
	if controlErr != nil {
		return controlErr
	}
	return err
}
