package server

import (
	"archive/tar"
	"errors"
	"net/http"
	"os"
	"path/filepath"

	"github.com/radiograph/radiograph/iam"
)

// BackupPath takes POST requests and answers with a tar archive of a consistent
// copy of the store, laid out like the data directory. Requests need the header [BackupHeader], which pages of other
// sites cannot send.
const BackupPath = "/radiograph/backup"

// BackupHeader must be set, to anything, in requests to [BackupPath].
const BackupHeader = "X-Radiograph-Backup"

func (s *Server) backup(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get(BackupHeader) == "" {
		answer(w, http.StatusForbidden, "the header "+BackupHeader+" is missing")
		return
	}
	// The copy is made beside the store, so that it can share the files that never change.
	dir, err := os.MkdirTemp(s.config.Data, "backup-")
	if err == nil {
		defer func() {
			if err := os.RemoveAll(dir); err != nil {
				s.log.Warn("backup left files behind", "err", err)
			}
		}()
		scope := Scope(dir, s.config.AccountID, s.config.Region)
		if err = os.MkdirAll(filepath.Dir(scope), 0o700); err == nil {
			err = errors.Join(
				s.store.Backup(r.Context(), scope),
				s.identities.Backup(r.Context(), filepath.Join(filepath.Dir(scope), iam.File)),
			)
		}
	}
	if err != nil {
		s.log.Error("backup failed", "err", err)
		answer(w, http.StatusInternalServerError, "the backup failed: see the log of the service")
		return
	}
	w.Header().Set("Content-Type", "application/x-tar")
	archive := tar.NewWriter(w)
	if err := archive.AddFS(os.DirFS(dir)); err != nil {
		s.log.Error("backup cut off", "err", err)
		panic(http.ErrAbortHandler) // the client must see that the archive is not complete
	}
	if err := archive.Close(); err != nil {
		panic(http.ErrAbortHandler)
	}
}
