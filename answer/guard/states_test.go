package guard

import "testing"

func TestStates(t *testing.T) {
	for _, tt := range []struct {
		text, want string
		states     bool
	}{
		{"The header has twenty bytes.", "20", true},
		{"The header has twenty bytes.", "20 bytes", true},
		{"The header has twenty bytes.", "20 ms", false},
		{"It takes 1.5 s.", "1,500 ms", true},
		{"It takes 1.5 s.", "15 ms", false},
		{"Two to the 32 addresses.", "4,294,967,296", true},
		{"Port four forty three is HTTPS.", "443", true},
		{"Three of five.", "3, 5", true},
		{"Three of five.", "3, 6", false},
		{"127.0.0.1 is the host itself.", "127.0.0.1", true},
		{"Nothing here.", "1", false},
	} {
		if got := States(tt.text, tt.want); got != tt.states {
			t.Errorf("States(%q, %q) = %v", tt.text, tt.want, got)
		}
	}
	if HasNumber("none at all") || !HasNumber("about twelve") {
		t.Error("HasNumber is wrong")
	}
}
