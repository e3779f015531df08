// The helper: holds an assessment session and ends it when its input ends, so that no Mac stays locked after a kill.
// Needs the entitlement com.apple.developer.automatic-assessment-configuration, and a signature.
// Not yet run on real hardware.
import AppKit
import AutomaticAssessmentConfiguration

final class Helper: NSObject, AEAssessmentSessionDelegate {
    private let session = AEAssessmentSession(configuration: AEAssessmentConfiguration())
    private var error = ""

    func run() {
        session.delegate = self
        DispatchQueue.global().async {
            while let order = readLine() {
                DispatchQueue.main.async { self.take(order) }
            }
            DispatchQueue.main.async {
                self.session.end()
                NSApp.terminate(nil)
            }
        }
        NSApplication.shared.setActivationPolicy(.accessory)
        NSApplication.shared.run()
    }

    private func take(_ order: String) {
        switch order {
        case "begin": session.begin()
        case "active": say(["active": session.isActive])
        case "screens": say(["screens": NSScreen.screens.count])
        default: say(["error": "unknown order"])
        }
    }

    func assessmentSessionDidBegin(_ session: AEAssessmentSession) { say(["assessment": true]) }

    func assessmentSession(_ session: AEAssessmentSession, failedToBeginWithError error: Error) {
        say(["assessment": false, "error": error.localizedDescription])
    }

    func assessmentSession(_ session: AEAssessmentSession, wasInterruptedWithError error: Error) { session.end() }

    private func say(_ facts: [String: Any]) {
        if let data = try? JSONSerialization.data(withJSONObject: facts), let line = String(data: data, encoding: .utf8) {
            print(line)
            fflush(stdout)
        }
    }
}

Helper().run()
