// Command provider runs the OpenID Connect provider of the tests for tests that are
// not in Go. It writes its authority to a file, prints its issuer, and ends with its
// standard input.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/radiograph/radiograph/test/login/provider"
)

func main() {
	redirect := flag.String("redirect", "", "redirect URL of the client")
	authority := flag.String("authority", "", "file to write the authority to")
	flag.Parse()
	p := provider.Start(provider.Options{RedirectURL: *redirect})
	defer p.Close()
	if err := os.WriteFile(*authority, p.Authority(), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(p.Issuer)
	_, _ = io.Copy(io.Discard, os.Stdin)
}
