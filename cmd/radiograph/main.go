package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := program{self: os.Args[0], args: os.Args[1:], env: os.Environ(), out: os.Stdout, err: os.Stderr, look: 10 * time.Second}
	code := p.run(ctx)
	stop()
	os.Exit(code)
}
