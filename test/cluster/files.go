package cluster

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// say writes a line of progress. The harness works the same when nobody can read it.
func say(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, "cluster: "+format+"\n", args...)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// walkFiles calls visit for each regular file in lexical order.
func walkFiles(root fs.FS, visit func(name string, content []byte)) error {
	return fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		visit(name, content)
		return nil
	})
}
