//go:build !cgo

package main

import "os"

func lookUp(name string) (string, bool) { return os.LookupEnv(name) }
