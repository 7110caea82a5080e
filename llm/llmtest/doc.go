// Package llmtest is a scripted server that speaks the OpenAI-compatible
// protocol over real HTTP on a loopback port: chat completions, plain and
// streamed, structured outputs, embeddings and the list of models. It lies,
// stalls, cuts and refuses on request, and remembers what it was asked.
//
// It is used by tests and by the binary's demonstration mode, so it imports
// neither testing nor net/http/httptest.
//
// Chat replies come from a queue, then from a handler; a chat call for which
// neither has a reply is answered 500 and listed by [Server.Unexpected].
// Embeddings are answered from their own queue or handler, else with vectors
// computed by [Vector].
package llmtest
