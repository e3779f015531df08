# Intune, Devices > Scripts and remediations: a detection script, run as the signed-in user, so that the sound is theirs.
# Exit 0: ready, or ready with warnings. Exit 1: not ready, or not checked. What to mend stands in the output.
$Program = Join-Path $env:ProgramFiles 'STAMP Desktop\stamp-desktop.exe'
$Report = Join-Path $env:TEMP 'stamp-readiness.json'

if (-not (Test-Path -LiteralPath $Program)) {
    Write-Output 'STAMP Desktop is not installed.'
    exit 1
}

$Options = @('readiness', '--silent', '--booked', '--group', '30', '--json', $Report, '--send')
$Said = & $Program @Options 2>&1 | Out-String
$Status = $LASTEXITCODE

# Intune shows the last 2048 characters.
Write-Output $Said.Substring([Math]::Max(0, $Said.Length - 2000))

if ($Status -eq 0 -or $Status -eq 1) {
    exit 0
}
exit 1
