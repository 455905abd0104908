package storetest_test

import (
	"testing"

	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, storetest.Harness{
		Open: func(_ *testing.T, classify store.Classify) store.Store { return storetest.NewMemory(classify) },
	})
}
