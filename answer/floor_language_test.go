package answer

import (
	"slices"
	"strings"
	"testing"

	"github.com/lectern-tutor/lectern/answer/guard"
)

// lecturesIn are small lectures of our own, about congestion in networks, in the languages of TestFloorAnswersIn.
var lecturesIn = map[string][]string{
	"zh": {
		"大家好，我们今天讨论计算机网络。上周我们看了电缆和连接器。拥塞窗口限制了发送方在收到确认之前可以发送的数据量。每经过一个往返时间，窗口增加一个报文段。",
		"如果路由器的队列已满，路由器就会丢弃数据包。发送方检测到丢包以后，把拥塞窗口减半。校验和用于发现传输中的错误。下周我们讲域名系统。",
	},
	"ja": {
		"皆さんこんにちは。今日はコンピュータネットワークの話をします。輻輳ウィンドウは、確認応答を受け取る前に送信できるデータの量を制限します。往復時間ごとにウィンドウは一セグメントずつ増えます。",
		"ルーターのキューがいっぱいになると、ルーターはパケットを破棄します。送信側はパケットの損失を検出すると、輻輳ウィンドウを半分にします。チェックサムは伝送中の誤りを見つけるために使われます。来週はドメインネームシステムです。",
	},
	"th": {
		"สวัสดีครับ วันนี้เราจะพูดถึงเครือข่ายคอมพิวเตอร์ หน้าต่างความคับคั่งจำกัดปริมาณข้อมูลที่ผู้ส่งสามารถส่งได้ก่อนได้รับการยืนยัน ทุกรอบเวลาไปกลับหน้าต่างจะเพิ่มขึ้นหนึ่งส่วน",
		"ถ้าคิวของเราเตอร์เต็ม เราเตอร์จะทิ้งแพ็กเก็ต เมื่อผู้ส่งพบว่าแพ็กเก็ตสูญหายจะลดหน้าต่างความคับคั่งลงครึ่งหนึ่ง ผลรวมตรวจสอบใช้เพื่อค้นหาข้อผิดพลาดในการส่งข้อมูล สัปดาห์หน้าเราจะเรียนเรื่องระบบชื่อโดเมน",
	},
	"es": {
		"Buenos días. Hoy hablamos de las redes de ordenadores. La ventana de congestión limita la cantidad de datos que el emisor puede enviar antes de recibir una confirmación. En cada viaje de ida y vuelta la ventana crece un segmento.",
		"Si la cola del encaminador está llena, el encaminador descarta los paquetes. Cuando el emisor detecta una pérdida, reduce la ventana de congestión a la mitad. La suma de comprobación sirve para descubrir errores en la transmisión. La semana que viene veremos los nombres de dominio.",
	},
	"de": {
		"Guten Morgen. Heute sprechen wir über Rechnernetze. Das Staufenster begrenzt, wie viele Daten der Sender ohne Bestätigung senden darf. In jeder Umlaufzeit wächst das Fenster um ein Segment.",
		"Wenn die Warteschlange des Routers voll ist, verwirft der Router die Pakete. Sobald der Sender einen Verlust bemerkt, halbiert er das Staufenster. Die Prüfsumme dient dazu, Fehler bei der Übertragung zu erkennen. Nächste Woche geht es um das Domänensystem.",
	},
}

// TestFloorAnswersIn: without any model, whatever the language, a question in the lecture's own words is answered with its
// sentence, a misspelt one too, and one about something else is refused.
func TestFloorAnswersIn(t *testing.T) {
	tests := []struct {
		language, name, question string
		want                     string // in one of the sentences; "": refused
	}{
		{"zh", "own words", "拥塞窗口限制了什么?", "拥塞窗口限制了发送方在收到确认之前可以发送的数据量。"},
		{"zh", "own words, another place", "路由器的队列已满会怎么样?", "如果路由器的队列已满，路由器就会丢弃数据包。"},
		{"zh", "one sign wrong", "教验和用于发现什么错误?", "校验和用于发现传输中的错误。"},
		{"zh", "something else", "光合作用需要哪些气体?", ""},
		{"zh", "something else, in many words", "法国大革命是在哪一年爆发的，主要原因是什么?", ""},
		{"ja", "own words", "輻輳ウィンドウは何を制限しますか?", "輻輳ウィンドウは、確認応答を受け取る前に送信できるデータの量を制限します。"},
		{"ja", "own words, another place", "ルーターのキューがいっぱいになるとどうなりますか?", "ルーターのキューがいっぱいになると、ルーターはパケットを破棄します。"},
		{"ja", "one sign wrong", "チェックサヌは何のために使われますか?", "チェックサムは伝送中の誤りを見つけるために使われます。"},
		{"ja", "something else", "光合成にはどの気体が必要ですか?", ""},
		{"ja", "something else, in many words", "フランス革命は何年に起こり、原因は何でしたか?", ""},
		{"th", "own words", "หน้าต่างความคับคั่งจำกัดอะไร", "หน้าต่างความคับคั่งจำกัดปริมาณข้อมูล"},
		{"th", "own words, another place", "ผลรวมตรวจสอบใช้เพื่ออะไร", "ผลรวมตรวจสอบใช้เพื่อค้นหาข้อผิดพลาด"},
		{"th", "one sign wrong", "ผลรวมตรวจสอมใช้เพื่ออะไร", "ผลรวมตรวจสอบใช้เพื่อค้นหาข้อผิดพลาด"},
		{"th", "something else", "การสังเคราะห์แสงต้องการก๊าซอะไร", ""},
		{"th", "something else, in many words", "การปฏิวัติฝรั่งเศสเกิดขึ้นในปีใดและเพราะเหตุใด", ""},
		{"es", "own words", "¿Qué limita la ventana de congestión?", "La ventana de congestión limita la cantidad de datos que el emisor puede enviar antes de recibir una confirmación."},
		{"es", "own words, another place", "¿Qué hace el encaminador si la cola está llena?", "Si la cola del encaminador está llena, el encaminador descarta los paquetes."},
		{"es", "a letter wrong", "¿Para qué sirve la suma de comprovación?", "La suma de comprobación sirve para descubrir errores en la transmisión."},
		{"es", "something else", "¿Qué gases necesita la fotosíntesis?", ""},
		{"es", "something else, in many words", "¿En qué año estalló la Revolución Francesa y cuáles fueron sus causas?", ""},
		{"de", "own words", "Was begrenzt das Staufenster?", "Das Staufenster begrenzt, wie viele Daten der Sender ohne Bestätigung senden darf."},
		{"de", "own words, another place", "Was macht der Router, wenn die Warteschlange voll ist?", "Wenn die Warteschlange des Routers voll ist, verwirft der Router die Pakete."},
		{"de", "a letter wrong", "Wozu dient die Prüfsume?", "Die Prüfsumme dient dazu, Fehler bei der Übertragung zu erkennen."},
		{"de", "something else", "Welche Gase braucht die Photosynthese?", ""},
		{"de", "something else, in many words", "In welchem Jahr begann die Französische Revolution und welche Ursachen hatte sie?", ""},
	}
	for _, tt := range tests {
		t.Run(tt.language+"/"+tt.name, func(t *testing.T) {
			found, passages := askedIn(t, tt.language, tt.question, lecturesIn[tt.language]...)
			draft := extract(tt.question, found, passages)
			if tt.want == "" {
				if len(draft.Sentences) > 0 {
					t.Errorf("shown with probability %.3f: %q", Open(tt.question, found).Probability, draft.Sentences)
				}
				return
			}
			if !slices.ContainsFunc(draft.Sentences, func(s guard.DraftSentence) bool { return strings.Contains(s.Text, tt.want) }) {
				t.Errorf("%q is not among %q, probability %.3f, terms %v", tt.want, draft.Sentences, Open(tt.question, found).Probability, found.Terms)
			}
		})
	}
}
