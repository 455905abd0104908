package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/radiograph/radiograph/demo/shop"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "radiograph-shop:", err)
		os.Exit(1)
	}
}

// run keeps the shop open until ctx or, if so asked, standard input ends.
func run(ctx context.Context) error {
	var opts shop.Options
	flag.StringVar(&opts.Daemon, "daemon", "127.0.0.1:2000", "`address` of the X-Ray daemon: host:port, or \"tcp:host:port udp:host:port\"")
	flag.Float64Var(&opts.Rate, "rate", 0, "requests a second (default 10)")
	untilEOF := flag.Bool("until-eof", false, "close when standard input ends")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flag.Arg(0))
	}
	if *untilEOF {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		go func() { // ends with the process: a read of standard input cannot be interrupted
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	s, err := shop.Open(ctx, opts)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}
