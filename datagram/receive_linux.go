package datagram

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"
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
//
// It takes its socket away from the runtime's poller: there every datagram that
// arrives while others gather would wake a thread, for nothing.
type receiver struct {
	slots    []byte
	vectors  [receiveBatch]unix.Iovec
	names    [receiveBatch]unix.RawSockaddrInet6 // of senders; the largest of those that are understood
	messages [receiveBatch]message
	dirty    int // messages whose name lengths the kernel has written

	mu     sync.Mutex // guards the fields below; receive need not hold it, see close
	socket int        // -1 when closed
	event  int        // readable once stopped
}

// newReceiver takes over the socket of conn, which it closes.
func newReceiver(conn net.PacketConn) (*receiver, error) {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return nil, errors.Join(errors.New("no raw connection"), conn.Close())
	}
	socket, err := duplicate(sc)
	if err := errors.Join(err, conn.Close()); err != nil {
		return nil, errors.Join(err, closeIfOpen(socket))
	}
	event, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("eventfd: %w", err), closeIfOpen(socket))
	}
	r := &receiver{slots: make([]byte, receiveBatch*slotBytes), socket: socket, event: event, dirty: receiveBatch}
	for i := range r.messages {
		r.vectors[i].Base = &r.slots[i*slotBytes]
		r.vectors[i].SetLen(slotBytes)
		r.messages[i].header.Iov = &r.vectors[i]
		r.messages[i].header.SetIovlen(1)
		r.messages[i].header.Name = (*byte)(unsafe.Pointer(&r.names[i])) //nolint:gosec // the kernel takes an address
	}
	return r, nil
}

func duplicate(conn syscall.Conn) (socket int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return -1, err
	}
	socket = -1
	controlErr := raw.Control(func(fd uintptr) {
		socket, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
	})
	return socket, errors.Join(controlErr, err)
}

func closeIfOpen(fd int) error {
	if fd < 0 {
		return nil
	}
	return unix.Close(fd)
}

// receive returns how many datagrams there are to be had with datagram. When there
// are none it waits until there are some or until the deadline, when it returns 0.
// The zero deadline is far away. Once stopped it does not wait, but returns
// errStopped.
func (r *receiver) receive(deadline time.Time) (int, error) {
	for {
		n, err := r.poll()
		if n > 0 || err != nil {
			return n, err
		}
		due, err := r.wait(deadline)
		if due || err != nil {
			return 0, err
		}
	}
}

// poll is receive without waiting.
func (r *receiver) poll() (int, error) {
	for i := range r.dirty {
		r.messages[i].header.Namelen = unix.SizeofSockaddrInet6
	}
	r.dirty = 0
	for {
		n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(r.socket),
			uintptr(unsafe.Pointer(&r.messages[0])), receiveBatch, unix.MSG_DONTWAIT, 0, 0) //nolint:gosec // the kernel takes an address
		switch errno {
		case 0:
			r.dirty = int(n)
			return int(n), nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, nil
		default:
			return 0, fmt.Errorf("recvmmsg: %w", errno)
		}
	}
}

// wait waits until the socket is readable or, due, until the deadline.
func (r *receiver) wait(deadline time.Time) (due bool, err error) {
	timeout := -1 // ms
	if !deadline.IsZero() {
		left := time.Until(deadline)
		if left <= 0 {
			return true, nil
		}
		timeout = int(min((left+time.Millisecond-1)/time.Millisecond, math.MaxInt32))
	}
	fds := []unix.PollFd{
		{Fd: int32(r.socket), Events: unix.POLLIN},
		{Fd: int32(r.event), Events: unix.POLLIN},
	}
	n, err := unix.Poll(fds, timeout)
	if err != nil && !errors.Is(err, unix.EINTR) {
		return false, fmt.Errorf("poll: %w", err)
	}
	if fds[1].Revents != 0 {
		return false, errStopped
	}
	return n == 0 && err == nil, nil
}

// stop makes receive return errStopped instead of waiting, from now on.
func (r *receiver) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.socket >= 0 {
		// It fails only when the counter would overflow, and then it is readable.
		_, _ = unix.Write(r.event, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
}

// close closes the socket. No receive may be under way.
func (r *receiver) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.socket < 0 {
		return nil
	}
	err := errors.Join(unix.Close(r.socket), unix.Close(r.event))
	r.socket = -1
	return err
}

// datagram returns the i-th datagram received last. It is valid until the next
// receive.
func (r *receiver) datagram(i int) (b []byte, truncated bool) {
	m := &r.messages[i]
	at := i * slotBytes
	return r.slots[at : at+int(m.length)], m.header.Flags&unix.MSG_TRUNC != 0
}

// source returns the address of the sender of the i-th datagram received last, the
// zero Addr when it has none.
func (r *receiver) source(i int) netip.Addr {
	name := &r.names[i]
	switch {
	case r.messages[i].header.Namelen == unix.SizeofSockaddrInet4 && name.Family == unix.AF_INET:
		var a [4]byte
		binary.NativeEndian.PutUint32(a[:], name.Flowinfo) // where sockaddr_in has the address
		return netip.AddrFrom4(a)
	case r.messages[i].header.Namelen == unix.SizeofSockaddrInet6 && name.Family == unix.AF_INET6:
		a := netip.AddrFrom16(name.Addr).Unmap()
		if name.Scope_id != 0 && a.Is6() {
			a = a.WithZone(strconv.FormatUint(uint64(name.Scope_id), 10))
		}
		return a
	}
	return netip.Addr{}
}

// drops returns how many datagrams the kernel has dropped because the receive
// buffer was full; ok is false when the socket is closed.
func (r *receiver) drops() (n int64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.socket < 0 {
		return 0, false
	}
	var info [memInfoVars]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(r.socket), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0) //nolint:gosec // the kernel takes addresses
	return int64(info[memInfoDrops]), errno == 0
}

// growBuffer asks for a receive buffer of that many bytes, beyond the system's
// limit if the process may, and returns the usable size.
func (r *receiver) growBuffer(bytes int) (achieved int, err error) {
	if unix.SetsockoptInt(r.socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bytes) != nil {
		if err := unix.SetsockoptInt(r.socket, unix.SOL_SOCKET, unix.SO_RCVBUF, bytes); err != nil {
			return 0, fmt.Errorf("set SO_RCVBUF: %w", err)
		}
	}
	n, err := unix.GetsockoptInt(r.socket, unix.SOL_SOCKET, unix.SO_RCVBUF)
	if err != nil {
		return 0, fmt.Errorf("get SO_RCVBUF: %w", err)
	}
	return n / 2, nil // the kernel doubles what is asked, for its own needs
}

// sharePort lets several sockets have the same port.
func sharePort(_, _ string, raw syscall.RawConn) (err error) {
	controlErr := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	})
	return errors.Join(controlErr, err)
}
