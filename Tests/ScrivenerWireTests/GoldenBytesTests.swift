// One message of each kind, byte for byte. Other implementations and older versions read these
// bytes: a change here is a change of the protocol, and never an accident.

import ScrivenerModel
import Testing

@testable import ScrivenerWire

@Suite struct GoldenBytesTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// A renumbered field would be read as another by every worker that was not upgraded.
    @Test func workerMessagesKeepTheirBytes() {
        #expect(Samples.fromWorker.map { hex(WireCodec.encode($0)) } == Self.fromWorker)
    }

    /// The same the other way.
    @Test func coordinatorMessagesKeepTheirBytes() {
        #expect(Samples.fromCoordinator.map { hex(WireCodec.encode($0)) } == Self.fromCoordinator)
    }

    /// These lie in journals that a newer coordinator has to read.
    @Test func recordsKeepTheirBytes() {
        #expect(hex(WireCodec.encode(annexOf: Samples.results.items[0].result)) == Self.annex)
        #expect(hex(WireCodec.encode(failure: Samples.failure)) == Self.failure)
    }

    private static let fromWorker: [String] = [
        // register
        [
            "0ac4020a08706f6f6c2f772d3110031a066e6f64652d6120e7242a05312e302e303001380142036a",
            "2d314a2e0a0b66696c655f7365617263681206736561726368120c7365617263682e66696c65731a",
            "046661737420042a01324a0a0a06777269746572200152090a01011201001a01015a1d0a0bac02ff",
            "ffffffffffffff7f120607ffffffff071a0602ffffffff0760036a1d0a020001120202041a02000f",
            "220f6e6f206469736b20e2809420796574720a6d656d6f72795f6d696272036770757a0480800100",
            "8201200a036a2d3012190a09ffffffffffffffff7f1205ffffffff071a05ffffffff078801019201",
            "4f0a036a2d311010180b321c0a0a01ffffffffffffffff7f120600ffffffff071a0601ffffffff07",
            "3a020002421474686520776f726b6572277320e28094206f776e420c7265616473207061676520339a",
            "0104706f6f6c",
        ].joined(),
        // heartbeat
        [
            "12470809100c180220800528c096b102320d0a0301ac02120200071a0201023a04fa01e807420209",
            "004a0961207175617274657252130a020100120201031a0205002205616761696e",
        ].joined(),
        // results
        [
            "1aae03080912e5027b2268697473223a5b312c325d7d0a460a0f73716c6974652f77616c2e68746d",
            "6c121357726974652d4168656164204c6f6767696e67180321000000000000e83f2a07442e204869",
            "7070320a323031302d30372d32310a001283010a0a6475726162696c697479122a436f6d6d697473",
            "2061726520617070656e64656420e2809420666972737420746f20746865206c6f672e1a240a0761",
            "7070656e6473120f73716c6974652f77616c2e68746d6c1a084f766572766965771a002100000000",
            "0000f03f2a0f73716c6974652f77616c2e68746d6c320773746f726167651a150801120f73716c69",
            "74652f77616c2e68746d6c1804221e0a044c6f677310b0091a035768791a03486f77200129000000",
            "000000e03f080a1014181e202828327b227461736b73223a5b5d7d0801120b636f727075735f6275",
            "73791a0974727920616761696e22096174206c696e6520332a08706f6f6c2f772d3132076f70656e",
            "696e6732001a200a0c01ac02ffffffffffffffff7f12070007ffffffff071a070102ffffffff0722",
            "0680dac40900002a030e00003204870200003a030a00004203003a004a030c0000",
        ].joined(),
        // released
        "22110809120d0a0301ac02120200071a020102",
        // draining
        "2a020809",
        // goodbye
        "32020809",
        // checkpoints
        "3a1a0809120d0a0301ac02120200071a0201021a020300220300ff01",
        // output
        [
            "423a080912100a0401ac020112030007001a030102011a030910002204ac0200002a1968616c6620",
            "61206c696e6520e2809420616e64206d6f72650a",
        ].joined(),
    ]

    private static let fromCoordinator: [String] = [
        // welcome
        [
            "0a270a036a2d311002180920012880e497d012308094ebdc0338808040420a0a02ac021201071a01",
            "02",
        ].joined(),
        // heartbeatAcknowledged
        "12040809100c",
        // dispatch
        [
            "1ad4010809125e616e616c79736973736561726368732d315768792061206c6f673f732d33303066",
            "696e647b2268697473223a5b312c325d7d66696e64726561645265616420e2809420636c6f73656c",
            "792e7b226465707468223a327d77726974650102001a020806220301ac022a02030532020a003a02",
            "0404420201014a020e00520d0a0301ac02120200071a0201025a020001620780b09dc2df01006a02",
            "0405720200017a0211008201020b008a010201029201030000019a010680cab5ee0100a201020001",
            "aa01020003b201020200ba01020001",
        ].joined(),
        // cancel
        "220d080912090a01011201001a0101",
        // resultsCommitted
        "2a110809120d0a0301ac02120200071a020102",
        // introduce
        "3200",
        // drain
        "3a020809",
        // refused
        [
            "422b0a11776f726b65725f73757065727365646564121461206e65776572207374617274206f6620",
            "772d311801",
        ].joined(),
        // recall
        "4a0e0809120a0a02ac021201071a0102",
    ]

    private static let annex = [
        "0a87020a460a0f73716c6974652f77616c2e68746d6c121357726974652d4168656164204c6f6767",
        "696e67180321000000000000e83f2a07442e2048697070320a323031302d30372d32310a00128301",
        "0a0a6475726162696c697479122a436f6d6d6974732061726520617070656e64656420e280942066",
        "6972737420746f20746865206c6f672e1a240a07617070656e6473120f73716c6974652f77616c2e",
        "68746d6c1a084f766572766965771a0021000000000000f03f2a0f73716c6974652f77616c2e6874",
        "6d6c320773746f726167651a150801120f73716c6974652f77616c2e68746d6c1804221e0a044c6f",
        "677310b0091a035768791a03486f77200129000000000000e03f120a080a1014181e20282832220c",
        "7b227461736b73223a5b5d7d",
    ].joined()

    private static let failure = [
        "0801120b636f727075735f627573791a0974727920616761696e22096174206c696e6520332a0870",
        "6f6f6c2f772d3132076f70656e696e673200",
    ].joined()
}
