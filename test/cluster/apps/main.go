// Prints for each variable that its arguments name the SHA-256 of its value as base64 (never the value), its process id and
// `done`. With `--wait` it then goes on until SIGTERM. Built twice: with the C library, and without any.
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	wait := false
	for _, name := range os.Args[1:] {
		if name == "--wait" {
			wait = true
		} else if value, set := lookUp(name); set {
			hash := sha256.Sum256([]byte(value))
			fmt.Println(name, base64.StdEncoding.EncodeToString(hash[:]))
		} else {
			fmt.Println(name, "unset")
		}
	}
	fmt.Printf("pid %d\ndone\n", os.Getpid())
	if wait {
		<-terminated
		fmt.Println("SIGTERM")
	}
}
