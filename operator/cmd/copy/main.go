// Copy is the cp of the auto-instrumentation images, which hold no shell and no other
// programs. The operator's init containers call it in these ways:
//
//	cp /javaagent.jar /otel-auto-instrumentation-java/javaagent.jar
//	cp -r /autoinstrumentation/. /otel-auto-instrumentation-nodejs
//
// It understands the options -r, -R and -a, which all mean: copy directories with what
// is in them, keep symbolic links and permissions. Owners and times are not kept. It
// can run again over what it has copied.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cp:", err)
		os.Exit(1)
	}
}
