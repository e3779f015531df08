# Keyboard Filter (Enterprise, Education, IoT): closes what no hook can, Ctrl+Alt+Del among them, for everybody but administrators.
# Run as administrator:  .\keyboard-filter.ps1          to close
#                        .\keyboard-filter.ps1 -Undo    to bring back what was before (kept in keyboard-filter.json beside it)
# Not yet run on real hardware.
param([switch]$Undo)
$ErrorActionPreference = 'Stop'
$space = 'root\standardcimv2\embedded'
$journal = Join-Path $env:ProgramData 'STAMP Desktop\keyboard-filter.json'
$keys = 'Ctrl+Alt+Del', 'Ctrl+Esc', 'Ctrl+Shift+Esc', 'Alt+Tab', 'Alt+Esc', 'Alt+F4', 'Alt+Space', 'Win+L', 'Win+R', 'Win+E',
    'Win+D', 'Win+M', 'Win+P', 'Win+U', 'Win+Enter', 'Win+Up', 'Win+Down', 'Win+Left', 'Win+Right', 'Windows', 'Application', 'Print'

if ($Undo) {
    if (-not (Test-Path $journal)) { Write-Output 'There was nothing to undo.'; return }
    $before = Get-Content $journal -Raw | ConvertFrom-Json
    foreach ($line in $before.keys) {
        $key = Get-CimInstance -Namespace $space -ClassName WEKF_PredefinedKey -Filter "Id='$($line.id)'"
        if ($key) { $key.Enabled = $line.enabled; Set-CimInstance $key }
    }
    Set-Service MsKeyboardFilter -StartupType $before.service
    Remove-Item $journal
    Write-Output 'The keyboard is as it was before.'
    return
}

Enable-WindowsOptionalFeature -Online -FeatureName Client-KeyboardFilter -All -NoRestart | Out-Null
if (-not (Test-Path $journal)) {
    New-Item -ItemType Directory -Force (Split-Path $journal) | Out-Null
    $now = foreach ($id in $keys) {
        $key = Get-CimInstance -Namespace $space -ClassName WEKF_PredefinedKey -Filter "Id='$id'"
        if ($key) { @{ id = $id; enabled = [bool]$key.Enabled } }
    }
    $service = (Get-CimInstance Win32_Service -Filter "Name='MsKeyboardFilter'").StartMode -replace 'Auto', 'Automatic'
    @{ keys = @($now); service = $service } | ConvertTo-Json | Set-Content $journal
}
foreach ($id in $keys) {
    $key = Get-CimInstance -Namespace $space -ClassName WEKF_PredefinedKey -Filter "Id='$id'"
    if ($key) { $key.Enabled = $true; Set-CimInstance $key }
}
Set-Service MsKeyboardFilter -StartupType Automatic
Write-Output 'Closed after the next start of the computer.'
